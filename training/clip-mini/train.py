"""Stage 4: train both towers. Time is the budget: the schedule runs by the wall clock.

    python train.py --minutes 65            # resumes from the last checkpoint if there is one

Low resolution first (fast, many passes), full size at the end. Every few minutes the state is
saved to checkpoint.pt and the averaged weights to ema.pt (which export.py turns into ONNX).

    python train.py --start ../../models/clip-mini --small 0 --strength 0.5 --lr 4e-4 --muon-lr 0.004 --minutes 120

goes on from an exported model where no checkpoint was kept (`export.py --mix 0.8` then keeps a fifth of it).
"""

import json
import math
import os
import time
from pathlib import Path

import torch
import torch.nn.functional as F

import augment
from common import IMAGE_SIZE, LARGE, SMALL, parser, pick_device, seed_everything, write_json
from dataset import Training
from losses import caption_loss, label_loss, teacher_loss
from model import Clip
from optim import Average, optimisers
from start import start_from, take_words
from validate import validate

SMALL_SIZE = 40
WARMUP = 0.03
TEACHER_WEIGHT, CAPTION_WEIGHT = 1.0, 0.4
PAUSE = 20  # seconds; a longer step means that the process was stopped, and costs no budget


def options():
    """Command line."""
    p = parser(__doc__)
    p.add_argument("--minutes", type=float, default=65, help="total training time, resumes included")
    p.add_argument("--batch", type=int, default=512)
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--muon-lr", type=float, default=0.02)
    p.add_argument("--adamw", action="store_true", help="AdamW for the convolutions too")
    p.add_argument("--small", type=float, default=0.55, help="share of the time at 40 px")
    p.add_argument("--strength", type=float, default=1.0, help="of cropping and blanking, 0 to 1")
    p.add_argument("--start", type=Path, help="exported model to begin with (where there is no checkpoint)")
    p.add_argument("--fresh", action="store_true", help="ignore an old checkpoint")
    p.add_argument("--device", help="cpu, cuda, cuda:1 ... (default: a GPU if there is one)")
    p.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="processor threads")
    p.add_argument("--compile", action="store_true", help="torch.compile the image tower")
    p.add_argument("--every", type=float, default=6, help="minutes between checkpoints")
    p.add_argument("--run", default="main", help="name of this run's folder in the work folder")
    return p.parse_args()


def rate(progress):
    """Learning-rate factor: short linear warm-up, then cosine to 2 %."""
    if progress < WARMUP:
        return progress / WARMUP + 1e-3
    return 0.02 + 0.98 * (1 + math.cos(math.pi * (progress - WARMUP) / (1 - WARMUP))) / 2


class Trainer:
    """State of a run and one step of it."""

    def __init__(self, args):
        if args.start:
            take_words(args.start, args.work)
        self.args, self.data = args, Training(args, pick_device(args.device))
        self.folder = args.work / args.run
        self.folder.mkdir(parents=True, exist_ok=True)
        self.model = Clip(self.data.tok.get_vocab_size()).to(self.data.device)
        self.model.image.to(memory_format=torch.channels_last)
        if args.start:
            start_from(self.model, args.start, self.data)
            torch.save(self.model.state_dict(), self.folder / "start.pt")
        self.optims = optimisers(self.model, not args.adamw, args.lr, args.muon_lr)
        self.average = Average(self.model)
        self.spent, self.steps, self.pictures, self.log = 0.0, 0, 0, []
        self.load()
        self.tower = torch.compile(self.model.image) if args.compile else self.model.image

    def load(self):
        """Resume from the last checkpoint unless asked not to."""
        path = self.folder / "checkpoint.pt"
        if self.args.fresh or not path.exists():
            return
        c = torch.load(path, map_location=self.data.device, weights_only=False)
        self.model.load_state_dict(c["model"])
        for o, s in zip(self.optims, c["optims"]):
            o.load_state_dict(s)
        self.average.state, self.average.steps = c["ema"], c["ema_steps"]
        self.spent, self.steps, self.pictures, self.log = (
            c["spent"], c["steps"], c["pictures"], c["log"])
        torch.manual_seed(c["steps"])
        print(f"resumed at step {self.steps}, {self.spent / 60:.1f} min", flush=True)

    def save(self):
        """Checkpoint and averaged weights, each replaced in one go; also a validation line."""
        report = validate(self.average.state, self.data, self.args)
        report.update(minutes=round(self.spent / 60, 1), step=self.steps, pictures=self.pictures)
        self.log.append(report)
        print("val", json.dumps(report), flush=True)
        write_json(self.folder / "curve.json", self.log)
        state = {"model": self.model.state_dict(), "optims": [o.state_dict() for o in self.optims],
                 "ema": self.average.state, "ema_steps": self.average.steps, "spent": self.spent,
                 "steps": self.steps, "pictures": self.pictures, "log": self.log}
        for name, value in (("checkpoint.pt", state), ("ema.pt", self.average.state)):
            torch.save(value, self.folder / (name + ".tmp"))
            os.replace(self.folder / (name + ".tmp"), self.folder / name)

    def losses(self, x, picks):
        """The three losses of one batch."""
        data, names = self.data, self.data.names
        have, captions, keys = data.captions(picks)
        with torch.autocast(data.device.type, dtype=torch.bfloat16):
            image = self.tower(x)
            text = self.model.text(names.draw())
            spoken = self.model.text(captions)
        image, text, spoken = (F.normalize(v.float(), dim=1) for v in (image, text, spoken))
        scale = self.model.scale()
        logits = scale * image @ text.T
        taught = (data.teacher_row[picks] >= 0).nonzero()[:, 0]
        soft = data.soft(data.teacher_row[picks[taught]])
        return (label_loss(logits[:, :len(names.labels)], data.targets(picks), data.prior),
                teacher_loss(logits[taught][:, names.teacher_columns], soft, data.teacher_prior),
                caption_loss(image[have], spoken, keys, scale))

    def step(self, progress):
        """One batch: draw, augment, differentiate, update."""
        small = progress < self.args.small
        side, stored = (SMALL_SIZE, SMALL) if small else (IMAGE_SIZE, LARGE)
        data = self.data
        picks = torch.multinomial(data.weight, self.args.batch, replacement=True)
        x = augment.batch(data.pixels[stored][picks], data.shape[picks], data.tight[picks], side,
                          self.args.strength)
        parts = self.losses(x.to(memory_format=torch.channels_last), picks)
        (parts[0] + TEACHER_WEIGHT * parts[1] + CAPTION_WEIGHT * parts[2]).backward()
        for o in self.optims:
            for g in o.param_groups:
                g["lr"] = g["peak"] * rate(progress)
            o.step()
            o.zero_grad(set_to_none=True)
        self.average.update(self.model)
        self.steps += 1
        self.pictures += len(picks)
        return [float(p.detach()) for p in parts]

    def run(self):
        """Train until the time is used up."""
        budget, last, saved = self.args.minutes * 60, time.time(), self.spent
        shown, sums, count = time.time(), [0.0] * 3, 0
        while self.spent < budget:
            parts = self.step(self.spent / budget)
            now = time.time()
            self.spent += min(now - last, PAUSE)
            last, count = now, count + 1
            sums = [a + b for a, b in zip(sums, parts)]
            if self.steps % 50 == 0:
                speed = count * self.args.batch / (now - shown)
                text = " ".join(f"{s / count:.3f}" for s in sums)
                print(f"step {self.steps} {self.spent / 60:.1f} min  label/teacher/caption {text}"
                      f"  scale {self.model.scale().item():.1f}  {speed:.0f}/s", flush=True)
                shown, sums, count = now, [0.0] * 3, 0
            if self.spent - saved > self.args.every * 60 or self.spent >= budget:
                self.save()
                saved = self.spent
                last = shown = time.time()


def main():
    """Seed, build, train."""
    args = options()
    seed_everything()
    torch.set_num_threads(args.threads)
    Trainer(args).run()


if __name__ == "__main__":
    main()
