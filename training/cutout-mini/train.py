"""Stage 2: teach the student's fine stages what the teacher's make of the same features.

    ./run.sh train.py --teacher u2netp.onnx --minutes 18    # resumes from the last checkpoint if there is one

The student begins almost right (begin.py). The encoder is the teacher's and stays as it is: ONNX Runtime computes its
features once for both. Every few minutes the state is saved to checkpoint.pt and the averaged weights to ema.pt.
"""

import json
import math
import os
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
import torch.nn.functional as F

from begin import begin
from common import MEAN, STD, STORED, open_array, parser, seed_everything, write_json
from network import Fine, Teacher

FIRST = 24                          # photos that the student's first weights are fitted to
WARMUP, LEAST = 0.02, 0.01          # of the time; of the learning rate
INNER_WEIGHT, LOGIT_WEIGHT = 0.1, 0.05
SURE = 6.0                          # logits beyond this are sure, and need not be met
NOTHING = 0.01                      # share of a picture below which a mask shows nothing
PAUSE = 60                          # seconds; a longer step means that the process was stopped


def options():
    """Command line."""
    p = parser(__doc__)
    p.add_argument("--teacher", type=Path, required=True)
    p.add_argument("--minutes", type=float, default=18, help="total training time, resumes included")
    p.add_argument("--batch", type=int, default=2)
    p.add_argument("--lr", type=float, default=5e-5)
    p.add_argument("--every", type=float, default=5, help="minutes between checkpoints")
    p.add_argument("--run", default="main", help="name of this run's folder in the work folder")
    p.add_argument("--check", type=int, default=100, help="held-out photos for the curve")
    return p.parse_args()


class Taught:
    """The teacher in ONNX Runtime, which is three times as fast as PyTorch here."""

    def __init__(self, network, path):
        if not path.exists():
            torch.onnx.export(network, (torch.zeros(1, 3, STORED, STORED),), str(path), input_names=["pixels"],
                              opset_version=18, dynamo=True, external_data=False)
        chosen = ort.SessionOptions()
        chosen.intra_op_num_threads = 1
        self.session = ort.InferenceSession(str(path), chosen, providers=["CPUExecutionProvider"])

    def __call__(self, x, names=None):
        return [torch.from_numpy(value) for value in self.session.run(names, {"pixels": x.numpy()})]


def normalised(photo):
    """A photo [s, s, 3] from 0 to 1 -> [1, 3, s, s]."""
    mean, std = torch.tensor(MEAN), torch.tensor(STD)
    return ((photo - mean) / std).permute(2, 0, 1)[None].contiguous()


def seen(photo):
    """A photo [s, s, 3] uint8 as training sees it: mirrored, cropped and its light changed at random."""
    x = torch.from_numpy(np.array(photo)).float() / 255
    if torch.rand(()) < 0.5:
        x = x.flip(1)
    if torch.rand(()) < 0.3:
        high, wide = (int(STORED * (0.6 + 0.4 * torch.rand(()))) for _ in range(2))
        top, left = int((STORED - high) * torch.rand(())), int((STORED - wide) * torch.rand(()))
        part = x[top:top + high, left:left + wide].permute(2, 0, 1)[None]
        x = F.interpolate(part, (STORED, STORED), mode="bicubic")[0].permute(1, 2, 0).clamp(0, 1)
    if torch.rand(()) < 0.5:
        x = (x * (0.7 + 0.6 * torch.rand(())) + 0.2 * torch.rand(()) - 0.1).clamp(0, 1)
    return normalised(x)


def losses(ours, theirs):
    """Divergence from the teacher's probabilities, distance of its logits where it is not sure, and of what the two
    stages make inside (the finest stage's ends have fewer channels than the teacher's, and are free)."""
    logits, target = ours[-1], theirs[-1]
    p, entropy = torch.sigmoid(target), F.binary_cross_entropy_with_logits
    divergence = entropy(logits, p) - entropy(target, p)
    distance = F.smooth_l1_loss(logits.clamp(-SURE, SURE), target.clamp(-SURE, SURE))
    inner = [F.mse_loss(a, b) / b.var().clamp(min=1e-6) for a, b in zip(ours[:-1], theirs[3:-1])
             if a.shape == b.shape]
    return divergence, LOGIT_WEIGHT * distance, INNER_WEIGHT * sum(inner) / len(inner)


def overlap(p, mask):
    """IoU at one half; None where the mask shows nothing."""
    a, b = p > 0.5, mask > 0.5
    return float((a & b).sum() / (a | b).sum().clamp(min=1)) if b.float().mean() >= NOTHING else None


class Trainer:
    """State of a run and one step of it."""

    def __init__(self, args):
        self.args, self.folder = args, args.work / args.run
        self.folder.mkdir(parents=True, exist_ok=True)
        self.photos, self.held = (open_array(args.work, f"{split}-photos", "r") for split in ("train", "heldout"))
        network = Teacher(args.teacher).eval().requires_grad_(False)
        self.teacher = Taught(network, args.work / "teacher.onnx")
        outputs = [o.name for o in self.teacher.session.get_outputs()]
        self.held_names = [*outputs[:3], outputs[-1]]
        self.fine = Fine()
        if not (self.folder / "checkpoint.pt").exists():
            first = [seen(self.photos[at]) for at in self.draw(FIRST)]
            begin(network, self.fine, lambda: map(self.teacher, first))
        self.fine = self.fine.to(memory_format=torch.channels_last)
        self.optim = torch.optim.Adam(self.fine.parameters(), lr=args.lr, betas=(0.9, 0.99))
        self.ema = {k: v.clone() for k, v in self.fine.state_dict().items()}
        self.spent, self.steps, self.log = 0.0, 0, []
        self.load()

    def draw(self, count):
        """Seeded rows."""
        return torch.randint(len(self.photos), (count,)).tolist()

    def load(self):
        """Resume from the last checkpoint."""
        path = self.folder / "checkpoint.pt"
        if path.exists():
            c = torch.load(path, weights_only=False)
            self.fine.load_state_dict(c["fine"])
            self.optim.load_state_dict(c["optim"])
            self.ema, self.spent, self.steps, self.log = c["ema"], c["spent"], c["steps"], c["log"]
            torch.manual_seed(c["steps"])

    @torch.no_grad()
    def validate(self):
        """Agreement of the averaged weights with the teacher on held-out photos."""
        fine = Fine()
        fine.load_state_dict(self.ema)
        ious, errors = [], []
        for photo in self.held[:self.args.check]:
            *features, target = self.teacher(normalised(torch.from_numpy(np.array(photo)).float() / 255), self.held_names)
            p, mask = torch.sigmoid(fine(*features)[-1]), torch.sigmoid(target)
            ious.append(overlap(p, mask))
            errors.append(float((p - mask).abs().mean()))
        found = [iou for iou in ious if iou is not None]
        return {"iou": round(float(np.mean(found)), 4), "median": round(float(np.median(found)), 4),
                "mae": round(float(np.mean(errors)), 4)}

    def save(self):
        """Checkpoint and averaged weights, each replaced in one go; also a line of the curve."""
        report = {**self.validate(), "minutes": round(self.spent / 60, 1), "photos": self.steps * self.args.batch}
        self.log.append(report)
        print("held out", json.dumps(report), flush=True)
        write_json(self.folder / "curve.json", self.log)
        state = {"fine": self.fine.state_dict(), "optim": self.optim.state_dict(), "ema": self.ema,
                 "spent": self.spent, "steps": self.steps, "log": self.log}
        for name, value in (("checkpoint.pt", state), ("ema.pt", self.ema)):
            torch.save(value, self.folder / (name + ".tmp"))
            os.replace(self.folder / (name + ".tmp"), self.folder / name)

    def step(self, progress):
        """One batch: draw, differentiate, update."""
        sums = np.zeros(3)
        for at in self.draw(self.args.batch):
            theirs = [t.contiguous(memory_format=torch.channels_last) for t in self.teacher(seen(self.photos[at]))]
            parts = losses(self.fine(*theirs[:3]), theirs)
            (sum(parts) / self.args.batch).backward()
            sums += [float(part.detach()) / self.args.batch for part in parts]
        torch.nn.utils.clip_grad_norm_(self.fine.parameters(), 1.0)
        fall = LEAST + (1 - LEAST) * (1 + math.cos(math.pi * progress)) / 2
        for group in self.optim.param_groups:
            group["lr"] = self.args.lr * fall * min(1.0, progress / WARMUP + 0.01)
        self.optim.step()
        self.optim.zero_grad(set_to_none=True)
        self.steps += 1
        keep = min(0.99, self.steps / (self.steps + 10))
        with torch.no_grad():
            for k, v in self.fine.state_dict().items():
                self.ema[k].lerp_(v, 1 - keep)
        return sums

    def run(self):
        """Train until the time is used up."""
        budget, sums, count = self.args.minutes * 60, np.zeros(3), 0
        if not self.log:
            self.save()
        last, saved = time.time(), self.spent
        while self.spent < budget:
            sums, count = sums + self.step(self.spent / budget), count + 1
            self.spent += min(time.time() - last, PAUSE)
            last = time.time()
            if self.steps % 25 == 0:
                text = " ".join(f"{s / count:.4f}" for s in sums)
                print(f"step {self.steps} {self.spent / 60:.1f} min  divergence/logits/inner {text}", flush=True)
                sums, count = np.zeros(3), 0
            if self.spent - saved > self.args.every * 60 or self.spent >= budget:
                self.save()
                saved, last = self.spent, time.time()


def main():
    """Seed, build, train."""
    args = options()
    seed_everything()
    torch.set_num_threads(1)
    Trainer(args).run()


if __name__ == "__main__":
    main()
