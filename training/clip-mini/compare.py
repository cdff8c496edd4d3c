"""Stage 7: the model card's other figures: the exported model against a more precise export, and against itself.

    python export.py --float32 --out /tmp/precise && python compare.py --precise /tmp/precise

Prints what the smaller weights cost, what wording a name differently changes, and the accuracy on the validation
photos with the two looks of the exported graph (validate.py looks once).
"""

import io
import json
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image

from common import REPO, Photos, parser, read_index, read_labelsets
from evaluate import ranks, shares
from runtime import Model
from validate import MINIMUM

NAMES = ("cat", "dog", "sports car", "apple", "airplane", "chair", "tree", "bicycle")
PROMPTS = ("a photo of a {}", "{}", "a {}", "the {}", "a photo of a {}.")
LONG = "this is a picture showing a {}"
EVERY = 5  # of the photos of CIFAR-100 test


def accuracy(title, model, args, rows, names):
    """Prints top-1 and top-5 of the rows' first label among the names; gives the vectors of both."""
    photos = Photos(args.data, rows)
    image = model.images(Image.open(io.BytesIO(photos.encoded(r))) for r in rows)
    text = model.texts(names)
    top1, top5 = shares(ranks(image, text, [{names.index(r["labels"][0])} for r in rows]))
    print(f"{title}: {top1:.1f} / {top5:.1f} (top-1 / top-5, {len(rows)} photos, {len(names)} names)")
    return image, text


def precision(model, precise, args):
    """The shipped weights against float32 ones."""
    names = read_labelsets(args.data)["cifar100"]
    rows = [r for r in read_index(args.data, "heldout") if r["source"] == "cifar100_test"][::EVERY]
    rows = [{**r, "labels": [n for n in r["labels"] if n in names][:1]} for r in rows]
    shipped = accuracy("CIFAR-100, shipped weights", model, args, rows, names)
    wide = accuracy("CIFAR-100, float32 weights", precise, args, rows, names)
    for kind, a, b in zip(("picture", "text"), shipped, wide):
        cosine = (a * b).sum(1)
        print(f"cosine of the {kind} vectors: {cosine.mean():.6f}, {cosine.min():.6f} at worst")


def wording(model):
    """How far a name's vector moves when it is worded differently."""
    worded = [model.texts(NAMES, p) for p in PROMPTS]
    least = min((a * b).sum(1).min() for a, b in combinations(worded, 2))
    plural = (worded[0] * model.texts([f"{n}s" for n in NAMES], "a photo of {}")).sum(1)
    others = (worded[0] @ worded[0].T)[np.triu_indices(len(NAMES), 1)]
    long = (worded[0] * model.texts(NAMES, LONG)).sum(1)
    print(f"cosine between {len(PROMPTS)} wordings: {least:.3f} at worst; plurals {plural.min():.3f} at worst; "
          f"different names {others.mean():.2f} on average; a long wrapper {long.min():.2f} at worst")


def validation(model, args):
    """What validate.py measures, with the exported graph."""
    first = Counter(r["labels"][0] for r in json.loads((args.work / "rows-train.json").read_text()) if r["labels"])
    names = [n for n, count in first.items() if count >= MINIMUM]
    rows = [r for r in json.loads((args.work / "rows-val.json").read_text())
            if r["labels"] and first[r["labels"][0]] >= MINIMUM]
    accuracy("validation photos", model, args, rows, names)


def main():
    """All three."""
    p = parser(__doc__)
    p.add_argument("--model", type=Path, default=REPO / "models" / "clip-mini")
    p.add_argument("--precise", type=Path, help="the same weights, exported with --float32")
    args = p.parse_args()
    model = Model(args.model)
    wording(model)
    validation(model, args)
    if args.precise:
        precision(model, Model(args.precise), args)


if __name__ == "__main__":
    main()
