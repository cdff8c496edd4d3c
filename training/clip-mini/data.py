"""Stage 1: decode all photos once into uint8 arrays, and choose the kept-out names.

    python data.py --data ../../../shared/data

Writes to the work folder: train-72.npy, train-48.npy, rows-train.json, rows-val.json, unseen.json.
"""

import io
import random
import re
from collections import Counter
from multiprocessing import Pool

import numpy as np
from PIL import Image

from common import LARGE, SEED, SMALL, Photos, parser, read_index, read_labelsets, write_json

EVAL_EXTRA = ["cat", "dog", "ant", "bee"]  # two-way questions that evaluate.py asks
UNSEEN_COUNT, UNSEEN_MIN, UNSEEN_MAX = 20, 40, 200
_photos = None


def words(text):
    """Lower-case words of a text."""
    return re.findall(r"[a-z0-9]+", text.lower())


def choose_unseen(rows, heldout, labelsets):
    """Choose 20 names to keep out of training, seeded: first label of 40 to 200 photos, never a
    broader label of others, in no evaluated label set, and made of two or more words that each
    still occur in other names (otherwise no text tower could know what they mean)."""
    first, other = Counter(), Counter()
    for r in rows:
        first.update(r["labels"][:1])
        other.update(r["labels"][1:])
    judged = set(labelsets["cifar10"]) | set(labelsets["cifar100"]) | set(EVAL_EXTRA)
    for r in heldout:
        if r["source"] != "imagenet_sample":
            judged.update(r["labels"])
    names = Counter(w for name in set(first) | set(other) for w in set(words(name)))
    good = [n for n in sorted(first)
            if UNSEEN_MIN <= first[n] <= UNSEEN_MAX and not other[n] and n not in judged
            and len(words(n)) > 1 and all(names[w] > 1 for w in words(n))]
    print(f"{len(good)} names could be kept out", flush=True)
    return sorted(random.Random(SEED).sample(good, UNSEEN_COUNT))


def mentions(text, names):
    """True if a text contains one of the names (singular or with a plural s) as whole words."""
    return re.search(r"\b(" + "|".join(map(re.escape, names)) + r")(e?s)?\b", text) is not None


def keep_out(rows, unseen):
    """Split rows into training rows and photos of kept-out names; drop captions naming them."""
    kept, held = [], []
    for r in rows:
        if any(label in unseen for label in r["labels"]):
            held.append(r)
            continue
        captions = [c.lower() for c in r.get("captions", []) if not mentions(c.lower(), unseen)]
        if r["labels"] or captions:
            kept.append({**r, "captions": captions})
    return kept, held


def _decode(row):
    """One photo squashed to both square sizes; its true shape is undone when cropping."""
    image = Image.open(io.BytesIO(_photos.encoded(row))).convert("RGB")
    return tuple(np.asarray(image.resize((side, side), Image.BICUBIC)) for side in (LARGE, SMALL))


def decode_all(data, work, rows):
    """Decode the training photos into two memory-mappable arrays."""
    global _photos
    _photos = Photos(data, rows)
    large = np.empty((len(rows), LARGE, LARGE, 3), np.uint8)
    small = np.empty((len(rows), SMALL, SMALL, 3), np.uint8)
    with Pool(2) as pool:
        for i, (a, b) in enumerate(pool.imap(_decode, rows, chunksize=256)):
            large[i], small[i] = a, b
            if i % 20000 == 0:
                print(f"{i}/{len(rows)}", flush=True)
    np.save(work / f"train-{LARGE}.npy", large)
    np.save(work / f"train-{SMALL}.npy", small)
    pixels = large[:: max(1, len(rows) // 4000)].reshape(-1, 3) / 255
    print(f"{len(rows)} photos, mean {pixels.mean(0)}, std {pixels.std(0)}", flush=True)


def main():
    """Choose the names kept out, write the rows of both splits, decode the training photos."""
    args = parser(__doc__).parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    train, val = read_index(args.data, "train"), read_index(args.data, "val")
    unseen = choose_unseen(train, read_index(args.data, "heldout"), read_labelsets(args.data))
    print("kept out:", ", ".join(unseen), flush=True)
    train, held_a = keep_out(train, unseen)
    val, held_b = keep_out(val, unseen)
    write_json(args.work / "unseen.json", {"names": unseen, "rows": held_a + held_b})
    for split, rows in (("train", train), ("val", val)):
        write_json(args.work / f"rows-{split}.json", rows)
    decode_all(args.data, args.work, train)


if __name__ == "__main__":
    main()
