"""Stage 5: compare an exported model with the teacher on held-out photos.

    ./run.sh evaluate.py --teacher u2netp.onnx --samples DIR

The teacher sees whole pictures at its own 320 pixels; so do larger photos of a folder of samples. Because it is not
always of one mind, it is also compared with itself at 288 and at 256 pixels (as the student was taught): no student can agree with it
better than it does. Its answers are kept in heldout.npz. Prints a table; writes evaluation.json.
"""

import json
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
import torch.nn.functional as F
from PIL import Image

from common import REPO, SEED, Photos, parser, read_index, write_json
from teacher import Teacher, prepare

SETS = {"imagenet_sample": 300, "pacs_photo": 80, "hymenoptera": 60, "tinyimagenet_val": 80}
SIDES, COMPARED = (320, 288, 256), 320
NOTHING = 0.01


def pictures(args):
    """(set, picture) of a seeded choice of held-out photos, then of the samples."""
    rows = read_index(args.data, "heldout")
    for name, count in SETS.items():
        own = [r for r in rows if r["source"] == name and min(r["width"], r["height"]) >= 64]
        picks = np.random.default_rng(SEED).permutation(len(own))[:count]
        photos = Photos(args.data, [own[i] for i in picks])
        yield from ((name, photos.image(own[i])) for i in picks)
    for path in sorted(args.samples.glob("*.jpg")) if args.samples else []:
        yield "samples", Image.open(path).convert("RGB")


def resized(mask):
    """[1, 1, s, s] from 0 to 1 -> uint8 at the side all are compared at."""
    if mask.shape[-1] != COMPARED:
        mask = F.interpolate(mask, size=(COMPARED, COMPARED), mode="bilinear")
    return (mask[0, 0] * 255).round().byte().numpy()


def teach(args):
    """The teacher's masks by side [pictures, s, s], and the sets' names; from the file as far as they are there."""
    path = args.work / "heldout.npz"
    stored = dict(np.load(path)) if path.exists() else {}
    missing = [side for side in SIDES if str(side) not in stored]
    if missing:
        teacher, masks, names = Teacher(args.teacher), {side: [] for side in missing}, []
        for name, image in pictures(args):
            for side in missing:
                masks[side].append(resized(teacher(prepare(image, side)[None])))
            names.append(name)
            if len(names) % 50 == 0:
                print(f"{len(names)} pictures", flush=True)
        stored |= {str(side): np.array(m) for side, m in masks.items()} | {"names": np.array(names)}
        np.savez_compressed(path, **stored)
    return stored["names"], {side: stored[str(side)] for side in SIDES}


class Student:
    """An exported model as a program uses it."""

    def __init__(self, folder, threads=1):
        self.image = json.loads((folder / "manifest.json").read_text())["image"]
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = ort.InferenceSession(str(folder / self.image["file"]), options,
                                            providers=["CPUExecutionProvider"])

    def __call__(self, picture):
        """A Pillow picture -> [1, 1, s, s] from 0 to 1."""
        side = self.image["size"]
        x = np.asarray(picture.resize((side, side), Image.LANCZOS), np.float32) / 255
        x = (x - np.float32(self.image["mean"])) / np.float32(self.image["std"])
        feeds = {self.image["input"]: x.transpose(2, 0, 1)[None]}
        return torch.from_numpy(self.session.run([self.image["output"]], feeds)[0])


def compare(masks, truth):
    """Agreement of masks with the teacher's [n, s, s]: IoU at one half where it saw something, mean error."""
    a, b = masks > 127, truth > 127
    something = b.mean((1, 2)) >= NOTHING
    iou = ((a & b).sum((1, 2)) / np.maximum((a | b).sum((1, 2)), 1))[something]
    error = np.abs(masks.astype(np.float32) - truth).mean((1, 2)) / 255
    return {"photos": len(masks), "iou": float(iou.mean()), "median": float(np.median(iou)),
            "above .85": float((iou > 0.85).mean()), "mae": float(error.mean()),
            "nothing": int((~something).sum()),
            "nothing in both": int((a.mean((1, 2)) < NOTHING)[~something].sum())}


def answers_of(folder, args, count):
    """What an export says of all pictures: [count, s, s]; also how long one takes it."""
    student, answers, took = Student(folder), [], []
    for _, image in pictures(args):
        began = time.perf_counter()
        matte = student(image)
        took.append(time.perf_counter() - began)
        answers.append(resized(matte))
    print(f"{folder.name}: {np.median(took) * 1e3:.1f} ms a picture on one core", flush=True)
    return np.array(answers[:count])


def main():
    """The table."""
    p = parser(__doc__)
    p.add_argument("--teacher", type=Path, help="u2netp as ONNX (once)")
    p.add_argument("--samples", type=Path, help="folder with larger photos (once)")
    p.add_argument("--model", type=Path, default=REPO / "models" / "cutout-mini")
    p.add_argument("--against", type=Path, help="another export of the same weights, to compare")
    args = p.parse_args()
    torch.set_num_threads(1)
    names, truth = teach(args)
    answers = answers_of(args.model, args, len(names))
    if args.against:
        other = answers_of(args.against, args, len(names))
        print(f"difference of two exports: {np.abs(answers.astype(int) - other).mean() / 255:.5f} on average, "
              f"IoU {compare(answers, other)['iou']:.4f}")
    groups = {"all": np.ones(len(names), bool), "samples": names == "samples", "small": names != "samples"}
    groups |= {name: names == name for name in SETS}
    report = {}
    for group, rows in groups.items():
        teacher = {side: masks[rows] for side, masks in truth.items()}
        report[group] = {"model": compare(answers[rows], teacher[COMPARED])}
        for side in SIDES[1:]:
            report[group][f"teacher at {side}"] = compare(teacher[side], teacher[COMPARED])
            report[group][f"model against teacher at {side}"] = compare(answers[rows], teacher[side])
    for group, lines in report.items():
        for who, f in lines.items():
            print(f"{group:17} {who:28} n {f['photos']:4}  IoU {f['iou']:.3f}  median {f['median']:.3f}  above .85 "
                  f"{f['above .85']:.2f}  MAE {f['mae']:.3f}  nothing {f['nothing in both']} of {f['nothing']}")
    write_json(args.work / "evaluation.json", report)


if __name__ == "__main__":
    main()
