"""How large to show small photos to the teacher: why teach.py uses 256 pixels.

    ./run.sh sides.py --teacher u2netp.onnx --samples DIR

Larger photos are shrunk to 80 pixels and shown at several sides. The masks are compared with the teacher's own of the
sharp originals (what a program will see) and of the shrunk ones at its 320 pixels (what evaluate.py holds a model against).
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from common import parser
from evaluate import COMPARED, compare, resized
from teacher import Teacher, prepare

SIDES, SMALL, LARGER = (192, 256, 288, 320), 80, 300


def shrunk(image):
    """As small as the photos that there are."""
    scale = SMALL / min(image.size)
    return image.resize([round(n * scale) for n in image.size], Image.BICUBIC)


def main():
    """A line a side."""
    p = parser(__doc__)
    p.add_argument("--teacher", type=Path, required=True)
    p.add_argument("--samples", type=Path, required=True)
    args = p.parse_args()
    torch.set_num_threads(1)
    teacher = Teacher(args.teacher)
    photos = [Image.open(path).convert("RGB") for path in sorted(args.samples.glob("*.jpg"))]
    photos = [photo for photo in photos if min(photo.size) >= LARGER]

    def masks(images, side):
        return np.array([resized(teacher(prepare(i, side)[None])) for i in images])

    sharp, small = masks(photos, COMPARED), [shrunk(photo) for photo in photos]
    at = {side: masks(small, side) for side in SIDES}
    for side in SIDES:
        with_sharp, with_small = compare(at[side], sharp), compare(at[side], at[COMPARED])
        print(f"{side} pixels: IoU {with_sharp['iou']:.2f} with the masks of the sharp photos, "
              f"{with_small['iou']:.2f} with those at {COMPARED}")


if __name__ == "__main__":
    main()
