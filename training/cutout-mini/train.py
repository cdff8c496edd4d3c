"""Stage 3: train the student. Time is the budget: the schedule runs by the wall clock.

    ./run.sh train.py --minutes 80            # resumes from the last checkpoint if there is one

Smaller pictures first (faster, more passes), full size at the end. Every few minutes the state is saved to
checkpoint.pt and the averaged weights to ema.pt (which export.py turns into ONNX), and masks that the teacher has
made meanwhile are taken in: stages 2 and 3 may run side by side.
"""

import json
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
import torch.nn.functional as F

import augment
from common import MEAN, STD, STORED, parser, seed_everything, write_json
from dataset import Split
from model import Cutout, Matte

# Up to this share of the time: the side of the pictures, and how many of the encoder's 16 blocks stay as they are.
PLAN = ((0.04, 256, 16), (0.72, 256, 3), (1.0, STORED, 3))
ENCODER_RATE, WARMUP = 0.12, 0.02
OVERLAP_WEIGHT, EDGE_WEIGHT, COARSE_WEIGHT = 0.7, 1.0, 0.15
NOTHING = 0.01  # share of a picture below which a mask shows nothing
PAUSE = 30      # seconds; a longer step means that the process was stopped, and costs no budget


def options():
    """Command line."""
    p = parser(__doc__)
    p.add_argument("--minutes", type=float, default=80, help="total training time, resumes included")
    p.add_argument("--batch", type=int, default=16)
    p.add_argument("--lr", type=float, default=1.5e-3)
    p.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="parts of a batch, one a core")
    p.add_argument("--fresh", action="store_true", help="ignore an old checkpoint")
    p.add_argument("--every", type=float, default=5, help="minutes between checkpoints")
    p.add_argument("--start", help="another run's folder in the work folder, whose averaged weights this one begins with")
    p.add_argument("--run", default="main", help="name of this run's folder in the work folder")
    return p.parse_args()


def rate(progress):
    """Learning-rate factor: short linear warm-up, then cosine to 1 %."""
    if progress < WARMUP:
        return progress / WARMUP + 1e-3
    return 0.01 + 0.99 * (1 + math.cos(math.pi * (progress - WARMUP) / (1 - WARMUP))) / 2


def slopes(x):
    """Differences to the right and below."""
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def overlap_loss(p, mask):
    """One minus the soft intersection over union, picture by picture."""
    both, either = (p * mask).sum((1, 2, 3)), (p + mask - p * mask).sum((1, 2, 3))
    return (1 - (both + 1) / (either + 1)).mean()


def losses(answers, mask):
    """Cross entropy with the teacher's probabilities, overlap as a whole, edges, and the coarse answers."""
    fine, coarse = answers[0].float(), answers[1:]
    p = torch.sigmoid(fine)
    edges = sum((a - b).abs().mean() for a, b in zip(slopes(p), slopes(mask)))
    rough = 0
    for answer in coarse:
        small = F.interpolate(mask, size=answer.shape[-2:], mode="area")
        rough = rough + F.binary_cross_entropy_with_logits(answer.float(), small)
    return (F.binary_cross_entropy_with_logits(fine, mask), OVERLAP_WEIGHT * overlap_loss(p, mask),
            EDGE_WEIGHT * edges, COARSE_WEIGHT * rough)


class Average:
    """Exponential moving average of all weights and batch-norm statistics."""

    def __init__(self, model, decay=0.997):
        self.decay, self.steps = decay, 0
        self.state = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model):
        """Blend in the current weights (faster while young)."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for k, v in model.state_dict().items():
            if v.is_floating_point():
                self.state[k].lerp_(v, 1 - decay)
            else:
                self.state[k].copy_(v)


@torch.no_grad()
def validate(state, split, batch=20):
    """Mean and median IoU with the teacher (at one half; photos in which it saw nothing left out) and mean error."""
    model = Cutout()
    model.load_state_dict(state)
    model = Matte(model, twice=False).eval().to(memory_format=torch.channels_last)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    overlaps, errors = [], []
    for at in range(0, len(split.rows), batch):
        both = split.both(split.rows[at:at + batch])
        x, mask = (both[:, :3] - mean) / std, both[:, 3:]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            p = model(x.contiguous(memory_format=torch.channels_last)).float()
        a, b = p > 0.5, mask > 0.5
        iou = (a & b).sum((1, 2, 3)) / (a | b).sum((1, 2, 3)).clamp(min=1)
        overlaps.append(iou[b.float().mean((1, 2, 3)) >= NOTHING].numpy())
        errors.append((p - mask).abs().mean().item())
    found = np.concatenate(overlaps)
    return {"iou": round(float(found.mean()), 4), "median": round(float(np.median(found)), 4),
            "mae": round(float(np.mean(errors)), 4)}


class Trainer:
    """State of a run and one step of it."""

    def __init__(self, args):
        self.args, self.data, self.held = args, Split(args.work, "train"), Split(args.work, "heldout")
        self.pool = ThreadPoolExecutor(args.workers)
        self.folder = args.work / args.run
        self.folder.mkdir(parents=True, exist_ok=True)
        self.model = Cutout().to(memory_format=torch.channels_last)
        self.optim = torch.optim.AdamW(self.groups(), lr=args.lr, betas=(0.9, 0.98))
        self.average = Average(self.model)
        self.spent, self.steps, self.pictures, self.log = 0.0, 0, 0, []
        self.load()

    def groups(self):
        """Weights with decay and without, the encoder's apart."""
        named = list(self.model.named_parameters())
        named = [(n, p) for n, p in named if p.requires_grad]
        return [{"params": [p for n, p in named if n.startswith("encoder.") == encoder and (p.ndim > 1) == heavy],
                 "weight_decay": 0.03 * heavy, "peak": self.args.lr * (ENCODER_RATE if encoder else 1)}
                for encoder in (False, True) for heavy in (True, False)]

    def load(self):
        """Resume from the last checkpoint unless asked not to."""
        path = self.folder / "checkpoint.pt"
        if self.args.start:
            self.model.load_state_dict(torch.load(self.args.work / self.args.start / "ema.pt"))
        if self.args.fresh or not path.exists():
            return
        c = torch.load(path, weights_only=False)
        self.model.load_state_dict(c["model"])
        self.optim.load_state_dict(c["optim"])
        self.average.state, self.average.steps = c["ema"], c["ema_steps"]
        self.spent, self.steps, self.pictures, self.log = c["spent"], c["steps"], c["pictures"], c["log"]
        torch.manual_seed(c["steps"])
        print(f"resumed at step {self.steps}, {self.spent / 60:.1f} min", flush=True)

    def save(self):
        """Checkpoint and averaged weights, each replaced in one go; also a line of the curve."""
        report = validate(self.average.state, self.held)
        report.update(minutes=round(self.spent / 60, 1), step=self.steps, pictures=self.pictures,
                      masks=len(self.data.rows))
        self.log.append(report)
        print("held out", json.dumps(report), flush=True)
        write_json(self.folder / "curve.json", self.log)
        state = {"model": self.model.state_dict(), "optim": self.optim.state_dict(),
                 "ema": self.average.state, "ema_steps": self.average.steps, "spent": self.spent,
                 "steps": self.steps, "pictures": self.pictures, "log": self.log}
        for name, value in (("checkpoint.pt", state), ("ema.pt", self.average.state)):
            torch.save(value, self.folder / (name + ".tmp"))
            os.replace(self.folder / (name + ".tmp"), self.folder / name)
        self.data.refresh()

    def part(self, side, frozen):
        """A worker's share of a batch, on one thread: gradients add up where they meet. On a busy
        machine that is several times faster than threads that wait for each other in every layer."""
        torch.set_num_threads(1)
        workers = self.args.workers
        x, mask = augment.batch(self.data, side, self.args.batch // workers)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            answers = self.model(x.contiguous(memory_format=torch.channels_last), frozen)
        parts = losses(answers, mask)
        (sum(parts) / workers).backward()
        return [float(p.detach()) / workers for p in parts]

    def step(self, progress):
        """One batch: draw, differentiate, update."""
        _, side, frozen = next(stage for stage in PLAN if progress <= stage[0] or stage is PLAN[-1])
        self.model.train()
        parts = list(self.pool.map(self.part, [side] * self.args.workers, [frozen] * self.args.workers))
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        for g in self.optim.param_groups:
            g["lr"] = g["peak"] * rate(progress)
        self.optim.step()
        self.optim.zero_grad(set_to_none=True)
        self.average.update(self.model)
        self.steps += 1
        self.pictures += self.args.batch
        return [sum(p) for p in zip(*parts)]

    def run(self):
        """Train until the time is used up."""
        budget, last, saved = self.args.minutes * 60, time.time(), self.spent
        shown, sums, count = time.time(), [0.0] * 4, 0
        while self.spent < budget:
            parts = self.step(self.spent / budget)
            now = time.time()
            self.spent += min(now - last, PAUSE)
            last, count = now, count + 1
            sums = [a + b for a, b in zip(sums, parts)]
            if self.steps % 50 == 0:
                speed = count * self.args.batch / (now - shown)
                text = " ".join(f"{s / count:.3f}" for s in sums)
                print(f"step {self.steps} {self.spent / 60:.1f} min  entropy/overlap/edges/coarse "
                      f"{text}  {speed:.1f}/s", flush=True)
                shown, sums, count = now, [0.0] * 4, 0
            if self.spent - saved > self.args.every * 60 or self.spent >= budget:
                self.save()
                saved = self.spent
                last = shown = time.time()


def main():
    """Seed, build, train."""
    args = options()
    seed_everything()
    torch.set_num_threads(1)
    Trainer(args).run()


if __name__ == "__main__":
    main()
