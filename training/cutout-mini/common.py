"""Shared settings and small helpers of every stage (paths, seeds, reading the photo index)."""

import argparse
import gzip
import io
import json
import os
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image

HERE = Path(__file__).resolve().parent
REPO = HERE.parent.parent
SEED = 20240229

# Every photo is kept squashed to a square of this side, as the network sees it; so is its mask.
STORED = 112
IMAGE_SIZE = 160
# As clip-mini has them, whose tower the student begins with.
MEAN = (0.52, 0.495, 0.45)
STD = (0.28, 0.275, 0.29)


def parser(description):
    """Command-line parser with the two folders every stage needs."""
    p = argparse.ArgumentParser(description=description)
    p.add_argument("--data", type=Path, default=REPO.parent / "shared" / "data",
                   help="folder with train-*.bin, train.jsonl.gz ...")
    p.add_argument("--work", type=Path, default=REPO / "training" / ".work" / "cutout-mini",
                   help="folder for masks and checkpoints (never committed)")
    return p


def seed_everything(seed=SEED):
    """Seed Python, NumPy and PyTorch."""
    random.seed(seed)
    np.random.seed(seed % (2**32))
    torch.manual_seed(seed)


def read_index(data, split):
    """Rows of one split's index, as dictionaries."""
    with gzip.open(data / f"{split}.jsonl.gz", "rt", encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def write_json(path, value):
    """Write JSON through a temporary file, so that a crash leaves no half file."""
    tmp = Path(str(path) + ".tmp")
    tmp.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(tmp, path)


class Photos:
    """Random access to the pictures of a split."""

    def __init__(self, data, rows):
        self.files = {name: (data / name).read_bytes() for name in sorted({r["file"] for r in rows})}

    def image(self, row):
        """One picture, decoded."""
        start = row["offset"]
        encoded = self.files[row["file"]][start:start + row["length"]]
        return Image.open(io.BytesIO(encoded)).convert("RGB")
