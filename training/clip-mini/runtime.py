"""The exported model as a program uses it: Pillow preprocessing, onnxruntime, cosine."""

import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
from PIL import Image
from tokenizers import Tokenizer


def preprocess(image, size, mean, std):
    """CLIP's preprocessing: shorter side to `size` (bicubic, antialiased), centre crop, scale."""
    image = image.convert("RGB")
    short = min(image.size)
    wide, high = (size if n == short else int(size * n / short) for n in image.size)
    image = image.resize((wide, high), Image.BICUBIC)
    left, top = round((wide - size) / 2), round((high - size) / 2)
    pixels = np.asarray(image.crop((left, top, left + size, top + size)), np.float32) / 255
    pixels = (pixels - np.float32(mean)) / np.float32(std)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def unit(x):
    """Rows of length one."""
    return x / np.linalg.norm(x, axis=1, keepdims=True)


class Model:
    """A model folder, loaded."""

    def __init__(self, folder, threads=2, manifest=None):
        folder = Path(folder)
        self.manifest = manifest or json.loads((folder / "manifest.json").read_text())
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self.sessions = {part: ort.InferenceSession(str(folder / self.manifest[part]["file"]), options,
                                                    providers=["CPUExecutionProvider"])
                         for part in ("image", "text")}
        self.tok = Tokenizer.from_file(str(folder / self.manifest["text"]["tokenizer"]))

    def run(self, part, array):
        """One batch through one tower."""
        m = self.manifest[part]
        return self.sessions[part].run([m["output"]], {m["input"]: array})[0]

    def pixels(self, image):
        """Pillow picture to network input."""
        m = self.manifest["image"]
        return preprocess(image, m["size"], m["mean"], m["std"])

    def images(self, images, batch=64):
        """Embeddings of many Pillow pictures (any iterable)."""
        out, queue = [], []
        for image in images:
            queue.append(self.pixels(image))
            if len(queue) == batch:
                out.append(self.run("image", np.stack(queue)))
                queue = []
        if queue:
            out.append(self.run("image", np.stack(queue)))
        return unit(np.concatenate(out))

    def texts(self, names, prompt="a photo of a {}"):
        """Embeddings of names in a prompt."""
        m = self.manifest["text"]
        ids = np.full((len(names), m["contextLength"]), m["padId"], np.int64)
        for i, e in enumerate(self.tok.encode_batch([prompt.format(n) for n in names])):
            piece = e.ids[:m["contextLength"]]
            ids[i, :len(piece)] = piece
        return unit(np.concatenate([self.run("text", ids[i:i + 256]) for i in range(0, len(ids), 256)]))
