"""Shared settings and small helpers of every stage (paths, seeds, reading the photo index)."""

import argparse
import gzip
import json
import os
import random
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
REPO = HERE.parent.parent
SEED = 20240229

# One square copy of every photo is kept in memory at two sizes (a two-level mip map):
# the large one feeds full-size training, the small one the fast low-resolution phase.
LARGE, SMALL = 72, 48
IMAGE_SIZE = 64
CONTEXT = 16
EMBED = 256
# Plain statistics of the training photos (see data.py), fixed so that all stages agree.
MEAN = (0.52, 0.495, 0.45)
STD = (0.28, 0.275, 0.29)


def parser(description):
    """Command-line parser with the two folders every stage needs."""
    p = argparse.ArgumentParser(description=description)
    p.add_argument("--data", type=Path, default=REPO.parent / "shared" / "data",
                   help="folder with train-*.bin, train.jsonl.gz, labelsets.json ...")
    p.add_argument("--work", type=Path, default=REPO / "training" / ".work" / "clip-mini",
                   help="folder for caches and checkpoints (never committed)")
    return p


def pick_device(name=None):
    """The device that training runs on: the one named, else the first GPU, else the CPU. New tensors are
    made there from now on."""
    device = torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
    if device.type != "cpu":  # on the CPU the mode would only cost time
        torch.set_default_device(device)
    return device


def seed_everything(seed=SEED):
    """Seed Python, NumPy and PyTorch."""
    random.seed(seed)
    np.random.seed(seed % (2**32))
    torch.manual_seed(seed)


def read_index(data, split):
    """Rows of one split's index, as dictionaries."""
    with gzip.open(data / f"{split}.jsonl.gz", "rt", encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def read_labelsets(data):
    """Named label lists (cifar10, cifar100, imagenet1k, cats-dogs)."""
    return json.loads((data / "labelsets.json").read_text(encoding="utf-8"))


class Photos:
    """Random access to the encoded pictures of a split."""

    def __init__(self, data, rows):
        self.files = {name: (data / name).read_bytes() for name in sorted({r["file"] for r in rows})}

    def encoded(self, row):
        """Bytes of one WebP picture."""
        return self.files[row["file"]][row["offset"]:row["offset"] + row["length"]]


def write_json(path, value):
    """Write JSON through a temporary file, so that a crash leaves no half file."""
    tmp = Path(str(path) + ".tmp")
    tmp.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(tmp, path)
