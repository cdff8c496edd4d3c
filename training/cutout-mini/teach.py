"""Stage 1: the teacher's masks of a choice of training photos, once.

    ./run.sh teach.py --teacher u2netp.onnx       # goes on where it stopped

Photos of 80 pixels are shown to the teacher at 256, not at its 320: enlarged four times they look
blurred to it, and its masks agree less with those of the sharp originals (`sides.py`). Writes, squashed to squares,
<split>-photos.npy and <split>-masks.npy (uint8, filled from the front) and <split>.json.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from common import SEED, STORED, Photos, parser, read_index, write_json
from teacher import Teacher, prepare

SIDE, BATCH, SMALLEST = 256, 4, 60
# Most photos that a source gives. Scenes without one clear thing, product photos on white and
# photos of 64 pixels teach less, so they are thinned out; those not named give none.
MOST = {"nips2017": 984, "imagen": 960, "coco_tiny": 97, "coco_mini": 153, "popanimals": 1874,
        "catsdogs": 1762, "imagenette": 3500, "imagewoof": 1500, "caltech101": 3500,
        "flickr8k": 3000, "flowers5": 900, "tinyimagenet": 5000, "clothing": 600, "pacs": 500,
        "fashion": 500, "grocery": 400, "trashnet": 400, "overinf": 296, "fruitveg": 230,
        "dreambooth": 149, "cv_carleaf": 200, "raccoon": 192, "sunrgbd": 200, "weather": 200}


def choose(rows, limits):
    """A seeded choice of photos, mixed, so that any beginning of it is a fair sample."""
    order = np.random.default_rng(SEED).permutation(len(rows))
    left, chosen = dict(limits), []
    for i in order:
        source = rows[i]["source"]
        if left.get(source, 0) > 0 and min(rows[i]["width"], rows[i]["height"]) >= SMALLEST:
            left[source] -= 1
            chosen.append(rows[i])
    mixed = np.random.default_rng(SEED + 1).permutation(len(chosen))
    return [chosen[i] for i in mixed]


def storage(work, split, count):
    """Arrays on disk for photos and masks; kept where they are there already."""
    arrays = []
    for name, shape in (("photos", (count, STORED, STORED, 3)), ("masks", (count, STORED, STORED))):
        path = work / f"{split}-{name}.npy"
        mode = {"mode": "r+"} if path.exists() else {"mode": "w+", "dtype": np.uint8, "shape": shape}
        arrays.append(np.lib.format.open_memmap(path, **mode))
    return arrays


def teach(teacher, args, split, limits):
    """Fill one split, a few batches side by side: on a busy machine that gets more done than one
    batch on several threads, which wait for each other after every layer."""
    rows = choose(read_index(args.data, split), limits)
    source, (photos, masks) = Photos(args.data, rows), storage(args.work, split, len(rows))
    state = args.work / f"{split}.json"
    done = first = json.loads(state.read_text())["done"] if state.exists() else 0
    began, goal = time.time(), min(len(rows), args.most)

    def fill(start):
        torch.set_num_threads(1)
        images = [source.image(r) for r in rows[start:start + BATCH]]
        answer = teacher(torch.stack([prepare(i, SIDE) for i in images]))
        answer = F.interpolate(answer, size=(STORED, STORED), mode="bilinear", antialias=True)
        upto = start + len(images)
        photos[start:upto] = [np.asarray(i.resize((STORED, STORED), Image.BICUBIC)) for i in images]
        masks[start:upto] = (answer[:, 0] * 255).round().byte().numpy()
        return upto

    with ThreadPoolExecutor(args.workers) as pool:
        for done in pool.map(fill, range(done, goal, BATCH)):
            if done % 200 == 0 or done >= goal:
                write_json(state, {"done": done, "of": len(rows)})
                print(f"{split}: {done}/{len(rows)}  "
                      f"{(time.time() - began) / (done - first) * 1e3:.0f} ms a photo", flush=True)


def main():
    """A few hundred photos to validate on, then the training photos."""
    p = parser(__doc__)
    p.add_argument("--teacher", type=Path, required=True, help="u2netp as ONNX, any precision")
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--most", type=int, default=10**9, help="photos of each split at most")
    args = p.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    teacher = Teacher(args.teacher)
    teach(teacher, args, "val", {source: most // 40 + 1 for source, most in MOST.items()})
    teach(teacher, args, "train", MOST)


if __name__ == "__main__":
    main()
