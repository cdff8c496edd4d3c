"""Held-out sets as (photos, names): what a set holds is never trained on."""

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from collect import Clone
from common import KEPT_OUT, upright
from packed import Packed, read_rows


def packed(args, split, source, keep=lambda r: True):
    store = Packed(args.data)
    for r in read_rows(args.data, split):
        if r["source"] == source and keep(r):
            yield store.image(r), r["labels"]


def kept_out(args):
    """Photos of the names that training never sees."""
    store = Packed(args.data)
    for split in ("train", "val"):
        for r in read_rows(args.data, split):
            if r["labels"] and r["labels"][0] in KEPT_OUT:
                yield store.image(r), r["labels"][:1]


def listed(folder, name):
    """Photos of a list: [{"file", "labels"}]."""
    for r in json.loads((folder / name).read_text()):
        yield upright(Image.open(folder / r["file"])), r["labels"] if "labels" in r else [r["label"]]


def samples(folder):
    for p in sorted(folder.glob("*.jpg")):
        if not p.stem.startswith("large-"):
            yield upright(Image.open(p)), [p.stem.replace("-", " ")]


def imagenet_sample(clones):
    """One full-size photo a class; the name is the classifier's."""
    import imagenet
    clone = Clone(clones, "EliSchwartz/imagenet-sample-images")
    for obj, path in clone.tree("HEAD"):
        if path.endswith(".JPEG"):
            data = clone.git("cat-file", "blob", obj)
            yield upright(Image.open(io.BytesIO(data))), [imagenet.by_wnid(path[:9])]
