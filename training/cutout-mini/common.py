"""Shared settings and helpers of every stage: paths, seeds, the arrays that hold the training set."""

import argparse
import json
import os
import random
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
REPO = HERE.parent.parent
SEED = 20240229

# Every photo is kept squashed to a square of this side, as both networks see it; so is its mask.
STORED = 320
# As u2netp has them.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def parser(description):
    """Command-line parser with the work folder, which every stage needs."""
    p = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--work", type=Path, default=REPO / "training" / ".work" / "cutout-mini",
                   help="folder for photos and checkpoints (never committed)")
    return p


def seed_everything(seed=SEED):
    """Seed Python, NumPy and PyTorch."""
    random.seed(seed)
    np.random.seed(seed % (2**32))
    torch.manual_seed(seed)


def write_json(path, value):
    """Write JSON through a temporary file, so that a crash leaves no half file."""
    tmp = Path(str(path) + ".tmp")
    tmp.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(tmp, path)


def open_array(work, name, mode="r+"):
    """A memory-mapped array of the work folder: photos [n, s, s, 3], masks [n, s, s], state [n]."""
    return np.load(work / f"{name}.npy", mmap_mode=mode)
