"""Stage 2: run the frozen part of the picture tower over all photos, once a view.

    python features.py --clones DIR --part 0/2 & python features.py --clones DIR --part 1/2

Writes <view>-<part>.npy (float16 [n, 208, 7, 7]) with <view>-<part>.json (row of photos.jsonl and difference hash of each).
Views: "centre" is what the product makes of a photo, "crop" a random part of it, mirrored or not."""

import io
import json
import os
import random
import subprocess
import time

import numpy as np
import onnxruntime as ort
import torch
from PIL import Image

from collect import Clone
from packed import Packed, read_rows
from common import SEED, SIZE, centre, parser, pixels, upright
from pathlib import Path

BATCH = 32


def export_front(path):
    """The frozen part as an ONNX graph: twice as fast as in PyTorch."""
    from tower import parts
    front, _, _ = parts()
    part = str(path) + f".{os.getpid()}"
    torch.onnx.export(front, torch.zeros(2, 3, SIZE, SIZE), part, input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "n"}, "y": {0: "n"}}, dynamo=False)
    os.replace(part, path)


def session(path, threads=1):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(str(path), options)


class Blobs:
    """Files of many clones, by git's object names."""

    def __init__(self, clones):
        self.clones, self.open = clones, {}

    def read(self, repository, obj):
        if repository not in self.open:
            folder = Clone(self.clones, repository).dir
            self.open[repository] = subprocess.Popen(["git", f"--git-dir={folder}", "cat-file", "--batch"],
                                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        p = self.open[repository]
        p.stdin.write(obj.encode() + b"\n")
        p.stdin.flush()
        size = int(p.stdout.readline().split()[2])
        data = p.stdout.read(size)
        p.stdout.read(1)
        return data


def crop(image, rng):
    """A random part of a photo, 30 to 100 % of its area, as a square of SIZE pixels; every other one mirrored."""
    w, h = image.size
    for _ in range(8):
        area, ratio = rng.uniform(0.3, 1) * w * h, rng.uniform(0.8, 1.25)
        cw, ch = int((area * ratio) ** 0.5), int((area / ratio) ** 0.5)
        if cw <= w and ch <= h:
            break
    else:
        cw = ch = min(w, h)
    x, y = rng.randint(0, w - cw), rng.randint(0, h - ch)
    image = image.resize((SIZE, SIZE), Image.Resampling.BICUBIC, (x, y, x + cw, y + ch))
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else image


def dhash(image):
    """64-bit difference hash, to find copies."""
    a = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BICUBIC), np.int16)
    return int("".join("01"[int(b)] for b in (a[:, 1:] > a[:, :-1]).ravel()), 2)


def decode(data, least=SIZE):
    image = Image.open(io.BytesIO(data))
    if image.format == "JPEG":
        image.draft("RGB", (2 * least, 2 * least))
    return upright(image)


def run(args, view, rows, net, blobs, part):
    small = Packed(args.data)
    index_rows = read_rows(args.data, "train") if view == "small" else None
    out = args.work / f"{view}-{part}.npy"
    if out.exists():
        return
    # Kept beside until it is whole.
    mid = np.lib.format.open_memmap(str(out) + ".part", "w+", np.float16, (len(rows), *net.run(None, {"x": np.zeros((1, 3, SIZE, SIZE), "f4")})[0].shape[1:]))
    notes, batch, n, start = [], [], 0, time.time()

    def flush():
        nonlocal n, batch
        if batch:
            mid[n:n + len(batch)] = net.run(None, {"x": np.stack(batch)})[0]
            n += len(batch)
            batch = []

    for index, row in rows:
        rng = random.Random(f"{SEED}{view}{index}")
        try:
            image = decode(blobs.read(row["repository"], row["object"])) if row["repository"] else small.image(index_rows[row["object"]])
            square = crop(image, rng) if view == "crop" else centre(image)
        except (OSError, ValueError, Image.DecompressionBombError):
            continue
        if row["source"] == "cifar100" and rng.random() < 0.5:
            square = square.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        notes.append([index, dhash(image)])
        batch.append(pixels(square))
        if len(batch) == BATCH:
            flush()
            if n % 3200 == 0:
                print(view, part, n, len(rows), round(n / (time.time() - start), 1), "a second", flush=True)
    flush()
    mid.flush()
    (args.work / f"{view}-{part}.json").write_text(json.dumps(notes))
    os.replace(str(out) + ".part", out)


def main():
    p = parser(__doc__)
    p.add_argument("--clones", type=Path, required=True)
    p.add_argument("--part", default="0/1")
    args = p.parse_args()
    part, of = map(int, args.part.split("/"))
    graph = args.work / "front.onnx"
    if not graph.exists():
        export_front(graph)
    net, blobs = session(graph), Blobs(args.clones)
    rows = [(i, json.loads(line)) for i, line in enumerate(open(args.work / "photos.jsonl"))][part::of]
    small = [r for r in rows if not r[1]["repository"]]
    rows = [r for r in rows if r[1]["repository"]]
    sharp = [r for r in rows if r[1]["source"] != "cifar100"]
    tiny = [r for r in rows if r[1]["source"] == "cifar100"]
    run(args, "centre", sharp, net, blobs, part)
    run(args, "tiny", tiny, net, blobs, part)
    run(args, "crop", sharp, net, blobs, part)
    run(args, "small", small, net, blobs, part)


if __name__ == "__main__":
    main()
