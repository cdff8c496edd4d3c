"""Stage 4: bring pictures and texts into one space.

    python train.py --minutes 5 --run heads                 # both towers frozen
    python train.py --minutes 40 --run tuned --start heads --tail   # the picture tower's last blocks too

Three signals at once: names (every name of a photo against all names that are not its own, in many wordings), the pretrained
classifier's answer over ImageNet's names, and captions within the batch."""

import copy
import json
import math
import pickle
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import imagenet
import text
from common import EMBED, everyday, parser, seed_everything, write_json
from data import OUR_PROMPT, Names, Photos
from tower import Head, parts

BROAD = 0.35
"""How much a broader name counts beside a photo's own."""
OFFERED = 0.7
"""How much a broader name counts that the product's default labels offer."""


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        _, self.tail, classifier = parts()
        self.head, self.text = Head(copy.deepcopy(classifier)), text.TextHead()
        self.log_scale = nn.Parameter(torch.tensor(math.log(20.0)))

    def scale(self):
        return self.log_scale.clamp(max=math.log(60)).exp()


class Judge:
    """Shares of right answers on the held-out sets, by frozen features."""

    def __init__(self, args):
        self.sets = pickle.load(open(args.work / "eval.pickle", "rb"))
        self.names = {"everyday": everyday(args), "catsdogs": ["cat", "dog"], "people": everyday(args),
                      "cifar100": json.loads((args.data / "labelsets.json").read_text())["cifar100"],
                      "imagenet_sample": imagenet.names()}
        for name, (_, labels, _) in self.sets.items():
            self.names.setdefault(name, sorted({row[0] for row in labels}))
        self.vectors = {n: text.sentence_vectors([OUR_PROMPT.format(x) for x in names]) for n, names in self.names.items()}
        self.pairs = json.loads((args.labelset.parents[3] / "scripts" / "evaluate" / "synonyms.json").read_text())
        self.pairs = self.pairs if isinstance(self.pairs, list) else next(v for v in self.pairs.values() if isinstance(v, list))
        self.other = text.sentence_vectors([OUR_PROMPT.format(b) for _, b in self.pairs])

    @torch.no_grad()
    def __call__(self, model, mix=None):
        model.eval()
        out, embedded = {}, {}
        for name, (mid, labels, _) in self.sets.items():
            f = torch.cat([model.tail(torch.from_numpy(mid[i:i + 256]).float()) for i in range(0, len(mid), 256)])
            e = embedded[name] = model.head(f)
            at = {n: i for i, n in enumerate(self.names[name])}
            order = (e @ model.text(self.vectors[name]).T).argsort(1, descending=True).tolist()
            best = [min([o.index(at[n]) for n in own if n in at] or [999]) for o, own in zip(order, labels)]
            out[name] = (round(100 * np.mean([b == 0 for b in best]), 1), round(100 * np.mean([b < 5 for b in best]), 1))
        # Either word of a pair gives the same answer: the share of first answers that stay with the other word in place.
        names, e = self.names["everyday"], torch.cat([embedded["everyday"], embedded["samples"]])
        own = model.text(self.vectors["everyday"])
        other = model.text(self.other)
        first, same, pairs = (e @ own.T).argmax(1), [], 0
        for k, (a, _) in enumerate(self.pairs):
            if a not in names:
                continue
            j = names.index(a)
            swapped = own.clone()
            swapped[j] = other[k]
            then = (e @ swapped.T).argmax(1)
            hit = (first == j) | (then == j)
            if hit.any():
                same.append(float(((first == j) & (then == j)).sum() / hit.sum()))
            nearest = (other[k] @ own.T).argmax() == j
            pairs += int(nearest)
        out["synonyms"] = (round(100 * np.mean(same), 1), round(100 * pairs / len(self.pairs), 1))
        model.train()
        return out


def name_loss(logits, weight, ruled_out, prior):
    """Every name of a photo against all names that are not its own. `weight` [n, names]: how much a name counts; `ruled_out`:
    names that may hold as well, and are no counter-examples."""
    logits = logits + prior
    rest = logits.masked_fill(ruled_out | (weight > 0), -1e4).logsumexp(1, keepdim=True)
    each = F.softplus(rest - logits) * weight
    total = weight.sum(1)
    return (each.sum(1) / total.clamp(min=1e-6).sqrt()).sum() / (total > 0).sum().clamp(min=1)


def caption_loss(e, t, scale):
    logits = scale * e @ t.T
    at = torch.arange(len(e))
    return (F.cross_entropy(logits, at) + F.cross_entropy(logits.T, at)) / 2


class Trainer:
    def __init__(self, args):
        self.args = args
        rows = [json.loads(line) for line in open(args.work / "photos.jsonl")]
        self.names = Names(args, rows)
        self.judge = Judge(args)
        hashes = [h for name, (_, _, hs) in self.judge.sets.items() if name not in ("cifar100", "kept out") for h in hs]
        self.photos = Photos(args, rows, self.names, hashes)
        print(len(self.photos), "views,", len(self.names.list), "names", flush=True)
        self.model, self.teacher = Model(), Model().eval()
        if args.start:
            self.model.load_state_dict(torch.load(args.work / args.start / "ema.pt"))
        self.caption_vectors()
        self.frozen = self.features()
        offered = {*everyday(args)}
        self.broad = torch.tensor([OFFERED if n in offered else BROAD for n in self.names.list])
        count = torch.zeros(len(self.names.list))
        for w, labels in zip(self.photos.weight, self.photos.labels):
            for k, n in enumerate(labels):
                count[n] += w * (1 if k == 0 else self.broad[n].item())
        self.prior = (count + 2e-5).log()

    def caption_vectors(self):
        lines = sorted({c for captions in self.photos.captions for c in captions})
        cache = self.args.work / "captions.pt"
        if not cache.exists():
            torch.save(text.sentence_vectors(lines).half(), cache)
        self.caption_at, self.captions = {c: i for i, c in enumerate(lines)}, torch.load(cache).float()

    @torch.no_grad()
    def features(self):
        """The untuned features of every view, float16 [views, 1280]."""
        cache = self.args.work / f"frozen-{len(self.photos)}.pt"
        if not cache.exists():
            with torch.autocast("cpu", torch.bfloat16):
                out = [self.teacher.tail(self.photos.views(np.arange(i, min(i + 512, len(self.photos))))).half()
                       for i in range(0, len(self.photos), 512)]
            torch.save(torch.cat(out), cache)
        return torch.load(cache)

    def targets(self, index, soft):
        """(weight [n, names], ruled_out) of a batch; `soft` [n, 1000] is the classifier's answer."""
        holds = (soft @ self.names.member).clamp(max=1)
        holds[~self.photos.soft[index]] = 0
        weight = torch.where(holds > 0.3, self.broad * holds, torch.zeros(()))
        for k, i in enumerate(index):
            labels = self.photos.labels[i]
            if labels:
                weight[k, labels[1:]] = weight[k, labels[1:]].maximum(self.broad[labels[1:]])
                weight[k, labels[0]] = 1
        return weight, holds > 0.05

    def step(self, index):
        m, photos = self.model, self.photos
        f = self.frozen[index].float()
        soft_logits = self.teacher.head.classifier(f)
        if self.args.tail:
            with torch.autocast("cpu", torch.bfloat16):
                f = m.tail(photos.views(index))
            f = f.float()
        soft = soft_logits.detach().softmax(1) * self.names.usable
        e, scale = m.head(f), m.scale()
        t = m.text(self.names.draw())
        logits = scale * e @ t.T
        weight, ruled_out = self.targets(index, soft)
        loss = name_loss(logits, weight, ruled_out, self.prior)
        sharp = photos.soft[index]
        own = torch.tensor([o[0] if o else 0 for o in self.names.own])
        answers = logits[sharp][:, own].masked_fill(~self.names.usable, -1e4).log_softmax(1)
        target = (soft_logits.detach()[sharp] / 1.3).masked_fill(~self.names.usable, -1e4).softmax(1)
        loss = loss + self.args.teacher * -(target * answers).sum(1).mean()
        if self.args.tail:  # the classifier inside the head must go on meaning what it meant
            again = m.head.classifier(f[sharp]).log_softmax(1)
            loss = loss + 0.3 * -(target * again).sum(1).mean()
        told = [i for i, at in enumerate(index) if photos.captions[at]]
        if len(told) > 8:
            pick = [self.caption_at[np.random.choice(photos.captions[index[i]])] for i in told]
            loss = loss + 0.3 * caption_loss(e[told], m.text(self.captions[pick]), scale)
        # Definitions meet the names they define.
        c = torch.randint(0, 1000, (128,))
        c = c[self.names.usable[c]].unique()
        g = scale * m.text(self.names.glosses[c]) @ t[own[c]].T
        loss = loss + 0.1 * F.cross_entropy(g, torch.arange(len(c)))
        if self.args.words:
            a, b = self.names.of_one_meaning(128)
            loss = loss + 0.2 * caption_loss(m.text(a), m.text(b), scale)
        return loss

    def groups(self):
        m, a = self.model, self.args
        slow = [p for p in m.tail.parameters()] if a.tail else []
        for p in m.tail.parameters():
            p.requires_grad_(a.tail)
        m.head.classifier.requires_grad_(False)
        return [{"params": [*m.head.features.parameters(), *m.head.answers.parameters(), m.head.heat, *m.text.parameters()],
                 "lr": a.lr, "weight_decay": 0.05},
                {"params": [m.log_scale], "lr": a.lr, "weight_decay": 0},
                {"params": slow, "lr": a.tail_lr, "weight_decay": 0.02}]

    def run(self):
        a, folder = self.args, self.args.work / self.args.run
        folder.mkdir(exist_ok=True)
        groups = self.groups()
        optimiser = torch.optim.AdamW([g for g in groups if g["params"]], betas=(0.9, 0.98))
        peaks = [g["lr"] for g in optimiser.param_groups]
        ema, curve = copy.deepcopy(self.model), []
        start, steps, shown, seen = time.time(), 0, time.time(), 0
        rng = np.random.default_rng(len(a.run))
        self.model.train()
        while (done := (time.time() - start) / 60 / a.minutes) < 1:
            rate = min(1, (steps + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * done)) + 0.01
            for g, peak in zip(optimiser.param_groups, peaks):
                g["lr"] = peak * rate
            index = rng.choice(len(self.photos), a.batch, p=self.photos.weight)
            loss = self.step(np.sort(index))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
            optimiser.step()
            steps, seen = steps + 1, seen + a.batch
            keep = min(0.998, steps / (steps + 20))
            with torch.no_grad():
                for p, q in zip(ema.parameters(), self.model.parameters()):
                    p.lerp_(q, 1 - keep)
            if time.time() - shown > 60 * a.every:
                shown = time.time()
                found = self.judge(ema)
                curve.append({"minutes": round((shown - start) / 60, 1), "views": seen, "loss": round(loss.item(), 3), **found})
                print(json.dumps(curve[-1]), flush=True)
                torch.save(ema.state_dict(), folder / "ema.pt")
                write_json(folder / "curve.json", curve)
        found = self.judge(ema)
        curve.append({"minutes": a.minutes, "views": seen, "scale": round(ema.scale().item(), 2), **found})
        print(json.dumps(curve[-1]), flush=True)
        torch.save(ema.state_dict(), folder / "ema.pt")
        write_json(folder / "curve.json", curve)


def main():
    p = parser(__doc__)
    p.add_argument("--minutes", type=float, default=5)
    p.add_argument("--every", type=float, default=2)
    p.add_argument("--run", default="heads")
    p.add_argument("--start")
    p.add_argument("--tail", action="store_true")
    p.add_argument("--batch", type=int, default=512)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--tail-lr", type=float, default=1e-4)
    p.add_argument("--teacher", type=float, default=1.0)
    p.add_argument("--words", action="store_true", help="WordNet's other words stand for names, and meet them")
    p.add_argument("--offered", type=float, default=1.0, help="how much oftener photos of the default labels are drawn")
    p.add_argument("--tiny", type=float, default=0.3, help="the weight of CIFAR-100's photos beside all others")
    p.add_argument("--threads", type=int, default=2)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    seed_everything()
    Trainer(args).run()


if __name__ == "__main__":
    main()
