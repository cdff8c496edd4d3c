"""The default `minCosine`: below it an answer is "none of these"."""

import io
import json

import numpy as np
from PIL import Image

from common import Photos, read_index
from runtime import Model


def best_cosine_threshold(folder, manifest, args, most=1500):
    """Cosine that best separates, on validation photos among the 300 most frequent names, the best
    name when the true names are offered from the best name when they are taken away; moved down
    so that at most a tenth of the answerable pictures are refused."""
    unseen = set(json.loads((args.work / "unseen.json").read_text())["names"])
    rows = [r for r in read_index(args.data, "val") if r["labels"] and not unseen & set(r["labels"])]
    rows = rows[:most]
    counts = {}
    for r in json.loads((args.work / "rows-train.json").read_text()):
        for n in r["labels"]:
            counts[n] = counts.get(n, 0) + 1
    names = sorted(counts, key=lambda n: -counts[n])[:300]
    rows = [r for r in rows if set(r["labels"]) & set(names)]
    photos, model = Photos(args.data, rows), Model(folder, manifest=manifest)
    image = model.images(Image.open(io.BytesIO(photos.encoded(r))) for r in rows)
    cosine = image @ model.texts(names).T
    own = np.array([[n in r["labels"] for n in names] for r in rows])
    offered, taken = cosine.max(1), np.where(own, -1, cosine).max(1)
    cuts = np.linspace(-0.2, 0.9, 221)
    right = [(offered >= c).mean() + (taken < c).mean() for c in cuts]
    best = min(cuts[int(np.argmax(right))], np.quantile(offered, 0.1))
    print(f"minCosine {best:.3f}: keeps {(offered >= best).mean():.1%} of answerable,",
          f"refuses {(taken < best).mean():.1%} of unanswerable pictures")
    return float(best)
