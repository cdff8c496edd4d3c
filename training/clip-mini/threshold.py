"""The default `minCosine`: below it an answer is "none of these"."""

import io
import json

import numpy as np
from PIL import Image

from common import Photos, read_index
from runtime import Model


OFFERED = 5
"""Labels that people offer at once, as a rule."""


def best_cosine_threshold(folder, manifest, args, most=1500):
    """Cosine that best separates, on validation photos among the 300 most frequent names, the best
    of a true name (specific or broad, as people ask for either) and five random wrong ones from the best
    of the wrong ones alone; moved down so that at most a twentieth of the answerable pictures are refused."""
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
    random = np.random.default_rng(1)
    wrong = np.array([c[random.choice(np.flatnonzero(~o), OFFERED, replace=False)].max()
                      for c, o in zip(cosine, own)])
    true = np.array([c[random.choice(np.flatnonzero(o))] for c, o in zip(cosine, own)])
    offered = np.maximum(true, wrong)
    cuts = np.linspace(-0.2, 0.9, 221)
    right = [(offered >= c).mean() + (wrong < c).mean() for c in cuts]
    best = min(cuts[int(np.argmax(right))], np.quantile(offered, 0.05))
    print(f"minCosine {best:.3f}: keeps {(offered >= best).mean():.1%} of answerable,",
          f"refuses {(wrong < best).mean():.1%} of unanswerable pictures, {OFFERED} labels offered")
    return float(best)
