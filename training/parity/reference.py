"""What the reference implementation answers: OpenAI's preprocessing with Pillow, CLIPModel of `transformers`.

The preprocessing is that of OpenAI's repository (torchvision's Resize and CenterCrop on Pillow pictures). The image
processor of `transformers` does the same, but for the crop: where an odd number of pixels is to be cut, torchvision
rounds half of it to the even number, `transformers` rounds it down, so the two crops are one pixel apart.
"""

import numpy as np
import torch
from PIL import Image

from common import MEAN, STD, unit

PICTURES = [(61, 40), (33, 90), (32, 32), (200, 150), (17, 23), (301, 64)]


def noise(width: int, height: int) -> Image.Image:
    """The picture that src/clip/parity.test.ts and check.ts make, too: shapes and noise, different for each size."""
    state = (width * 65537 + height) & 0xFFFFFFFF
    data = bytearray(width * height * 3)
    for i in range(len(data)):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        x, y, channel = (i // 3) % width, i // 3 // width, i % 3
        data[i] = (state >> 25) + (x * 2 + y * 3 + channel * 40) // 2 & 0xFF
    return Image.frombytes("RGB", (width, height), bytes(data))


def preprocess(picture: Image.Image, size: int) -> torch.Tensor:
    """Shorter side to `size`, bicubic; centre crop; mean and deviation. [3, size, size]"""
    width, height = picture.size
    width, height = (size, int(size * height / width)) if width <= height else (int(size * width / height), size)
    left, top = int(round((width - size) / 2)), int(round((height - size) / 2))
    resized = picture.resize((width, height), Image.Resampling.BICUBIC)
    pixels = np.asarray(resized.crop((left, top, left + size, top + size)), np.float32) / 255
    return torch.from_numpy((pixels - np.float32(MEAN)) / np.float32(STD)).permute(2, 0, 1)


def answers(clip, size: int, ids: torch.Tensor, pictures=PICTURES) -> dict:
    """Embeddings of length 1 of all pictures and texts, and softmax over the texts for each picture."""
    pixels = torch.stack([preprocess(noise(*sides), size) for sides in pictures])
    with torch.no_grad():
        image = unit(clip.visual_projection(clip.vision_model(pixel_values=pixels).pooler_output))
        text = unit(clip.text_projection(clip.text_model(input_ids=ids).pooler_output))
        scores = (clip.logit_scale.exp() * image @ text.T).softmax(-1)
    return {"pictures": pictures, "image": rounded(image), "text": rounded(text), "scores": rounded(scores)}


def rounded(rows: torch.Tensor) -> list:
    return [[float(f"{value:.7g}") for value in row] for row in np.asarray(rows)]
