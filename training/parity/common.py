"""Random-weight CLIP models of `transformers`, exported to ONNX in the form that clip-fn runs, with reference answers."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from transformers import CLIPConfig, CLIPModel

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
BOS, EOS = 49406, 49407


class ImageHalf(torch.nn.Module):
    """pixel_values [batch, 3, size, size] -> image_embeds [batch, width]."""

    def __init__(self, clip):
        super().__init__()
        self.tower, self.projection = clip.vision_model, clip.visual_projection

    def forward(self, pixel_values):
        return self.projection(self.tower(pixel_values=pixel_values).pooler_output)


class TextHalf(torch.nn.Module):
    """input_ids [batch, context] -> text_embeds [batch, width]."""

    def __init__(self, clip):
        super().__init__()
        self.tower, self.projection = clip.text_model, clip.text_projection

    def forward(self, input_ids):
        return self.projection(self.tower(input_ids=input_ids).pooler_output)


def build(config: CLIPConfig, spread: float, seed: int = 7) -> CLIPModel:
    """A model with random weights. Freshly made ones are so small that all embeddings point the same way, which would
    hide errors: `spread` widens the weights until answers differ."""
    torch.manual_seed(seed)
    clip = CLIPModel(config).eval()
    with torch.no_grad():
        for name, weight in clip.named_parameters():
            if weight.dim() > 1:
                weight.mul_(spread)
            elif name.endswith("bias"):
                weight.normal_(0, 0.05)
        clip.logit_scale.fill_(float(np.log(100)))
    return clip


def export(clip: CLIPModel, folder: Path, context: int, size: int, free_length: bool = False) -> None:
    """Writes image.onnx and text.onnx with a free batch and, as the hub's exports have it, a free length of texts."""
    folder.mkdir(parents=True, exist_ok=True)
    halves = (
        (ImageHalf(clip), torch.zeros(2, 3, size, size), "pixel_values", "image_embeds", "image.onnx"),
        (TextHalf(clip), torch.full((2, context), EOS if clip.config.text_config.vocab_size > EOS else 0),
         "input_ids", "text_embeds", "text.onnx"),
    )
    for half, example, taken, given, name in halves:
        sides = {0: "batch", 1: "sequence"} if free_length and taken == "input_ids" else {0: "batch"}
        torch.onnx.export(half.eval(), (example,), folder / name, input_names=[taken], output_names=[given],
                          dynamic_axes={taken: sides, given: {0: "batch"}}, opset_version=17, dynamo=False)


def described(file: Path) -> dict:
    data = file.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def write_manifest(folder: Path, title: str, text: dict, size: int, width: int, files: list[str]) -> None:
    """A manifest such as any model has; see src/clip/manifest.ts."""
    manifest = {
        "id": folder.name, "title": title, "kind": "clip", "version": "1",
        "source": "training/parity, random weights", "licence": "MIT",
        "files": {name: described(folder / name) for name in files},
        "image": {"file": "image.onnx", "input": "pixel_values", "output": "image_embeds", "size": size, "mean": MEAN,
                  "std": STD, "interpolation": "bicubic", "crop": "center", "quantisation": "none"},
        "text": {"file": "text.onnx", "input": "input_ids", "output": "text_embeds", "tokenizer": "tokenizer.json",
                 "quantisation": "none", **text},
        "embedding": width, "logitScale": 100, "minCosine": 0,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def unit(rows: torch.Tensor) -> torch.Tensor:
    return rows / rows.norm(dim=-1, keepdim=True)
