"""Stage 2: the teacher's masks of the collected photos. Goes on where it stopped.

    ./run.sh teach.py --teacher u2netp.onnx --part 0/2 & ./run.sh teach.py --teacher u2netp.onnx --part 1/2

Training photos are answered in bfloat16; held-out ones by onnxruntime in float32, as the product runs the teacher.
"""

import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from common import open_array, parser
from teacher import Teacher, prepare

TAUGHT = 1
BATCH = 4


def exact(path):
    """The teacher in float32."""
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name, out = session.get_inputs()[0].name, session.get_outputs()[0].name
    return lambda x: torch.cat([torch.from_numpy(session.run([out], {name: one[None].numpy()})[0]) for one in x])


def teach(work, split, teacher, rows):
    """Fill the masks of these rows that have none."""
    photos, masks, state = (open_array(work, f"{split}-{kind}") for kind in ("photos", "masks", "state"))
    rows = [at for at in rows(len(state)) if state[at] == 0]
    began = time.time()
    for start in range(0, len(rows), BATCH):
        some = rows[start:start + BATCH]
        answer = teacher(torch.stack([prepare(photos[at]) for at in some]))
        for at, mask in zip(some, answer):
            masks[at], state[at] = (mask[0] * 255).round().byte().numpy(), TAUGHT
        if start % 400 == 0:
            print(f"{split}: {start + len(some)} of {len(rows)}, {time.time() - began:.0f} s", flush=True)


def main():
    """Held-out photos (in the first part), then the training photos of this part."""
    p = parser(__doc__)
    p.add_argument("--teacher", type=Path, required=True)
    p.add_argument("--part", default="0/1", help="which share of the photos, as 0/2")
    args = p.parse_args()
    part, parts = map(int, args.part.split("/"))
    torch.set_num_threads(1)
    if part == 0:
        teach(args.work, "heldout", exact(args.teacher), range)
    teach(args.work, "train", Teacher(args.teacher), lambda n: range(part, n, parts))


if __name__ == "__main__":
    main()
