"""Everything training draws from, held in memory: pixels, labels, teacher labels, captions."""

import json
from collections import Counter

import numpy as np
import torch
from tokenizers import Tokenizer

from common import LARGE, SMALL, read_labelsets
from losses import BROAD
from names import imagenet_names, label_list, variants
from tokenizer import encode

# Share of a source in sampling, next to the balance of its labels.
SOURCE = {"fashion": 0.5, "grocery": 0.6, "flickr8k": 1.2, "pacs": 1.3, "sunrgbd": 0.6}
TIGHT = {"cifar10", "cifar100", "natural"}  # objects fill these pictures: crop less
BALANCE, FLOOR = 0.4, 20
TEMPERATURE = 1.5
NAME_PIECES, CAPTIONS = 12, 64


class Names:
    """All names, with their wordings as token ids [names, wordings, context]."""

    def __init__(self, rows, labelsets, unseen, tok):
        labels = label_list(rows)
        teacher = imagenet_names(labelsets)
        self.all = labels + [n for n in dict.fromkeys(teacher) if n not in set(labels)]
        at = {n: i for i, n in enumerate(self.all)}
        self.labels = {n: i for i, n in enumerate(labels)}
        distinct = [n for n in dict.fromkeys(teacher)
                    if not any(u == n or u.startswith(n + " ") for u in unseen)]
        self.teacher_columns = torch.tensor([at[n] for n in distinct])
        place = {n: i for i, n in enumerate(distinct)}
        self.teacher_fold = torch.tensor([place.get(n, len(distinct)) for n in teacher])
        wordings = [variants(n) for n in self.all]
        flat = encode(tok, [w for ws in wordings for w in ws])
        self.ids = torch.tensor(flat).view(len(self.all), len(wordings[0]), -1)

    def draw(self):
        """One random wording of every name, cut to 12 pieces (a fixed shape is much faster)."""
        pick = torch.randint(self.ids.shape[1], (len(self.all),))
        return self.ids[torch.arange(len(self.all)), pick][:, :NAME_PIECES]


class Training:
    """The training set with balanced sampling."""

    def __init__(self, args, device):
        self.device = device
        self.rows = json.loads((args.work / "rows-train.json").read_text())
        unseen = set(json.loads((args.work / "unseen.json").read_text())["names"])
        self.tok = Tokenizer.from_file(str(args.work / "tokenizer.json"))
        self.names = Names(self.rows, read_labelsets(args.data), unseen, self.tok)
        self.pixels = {s: torch.from_numpy(np.load(args.work / f"train-{s}.npy")).to(device)
                       for s in (SMALL, LARGE)}
        self.shape = torch.tensor([[r["width"], r["height"]] for r in self.rows]).float()
        self.tight = torch.tensor([r["source"] in TIGHT for r in self.rows])
        self._labels()
        self._captions()
        self._teacher(args)

    def _labels(self):
        """Positive matrix (as lists), sampling weights and log frequencies under that sampling."""
        index, first = self.names.labels, Counter(r["labels"][0] for r in self.rows if r["labels"])
        self.positive = [[index[n] for n in r["labels"]] for r in self.rows]
        count = np.array([first[r["labels"][0]] if r["labels"] else 500 for r in self.rows])
        weight = (500 / np.maximum(count, FLOOR)) ** BALANCE
        weight *= np.array([SOURCE.get(r["source"], 1.0) for r in self.rows])
        self.weight = torch.from_numpy(weight).to(self.device)
        seen = np.full(len(index), weight.sum() * 2e-6)
        for p, w in zip(self.positive, weight):
            for rank, i in enumerate(p):
                seen[i] += w * (1.0 if rank == 0 else BROAD)
        self.prior = torch.from_numpy(np.log(seen / seen.sum())).float().to(self.device)

    def _captions(self):
        """Token ids of all captions, and where each picture's captions begin and end."""
        texts = [c for r in self.rows for c in r["captions"]]
        self.caption_ids = torch.tensor(encode(self.tok, texts), dtype=torch.int32)
        number = {t: i for i, t in enumerate(dict.fromkeys(texts))}
        self.caption_key = torch.tensor([number[t] for t in texts])
        self.caption_count = torch.tensor([len(r["captions"]) for r in self.rows])
        self.caption_start = self.caption_count.cumsum(0) - self.caption_count

    def _teacher(self, args):
        """Teacher logits and the log of its mean probabilities."""
        stored = np.load(args.work / "teacher.npz")
        self.teacher_logits = torch.from_numpy(stored["logits"]).to(self.device)
        taught = torch.from_numpy(stored["rows"]).to(self.device)
        self.teacher_row = torch.full((len(self.rows),), -1)
        self.teacher_row[taught] = torch.arange(len(taught))
        rows = torch.multinomial(self.weight[taught], 20000, replacement=True)
        mean = self.soft(rows).mean(0).clamp(min=5e-5)
        self.teacher_prior = (mean / mean.sum()).log()

    def soft(self, rows):
        """Teacher probabilities over distinct names of some teacher rows."""
        p = (self.teacher_logits[rows].float() / TEMPERATURE).softmax(1)
        size = len(self.names.teacher_columns)
        p = torch.zeros(len(p), size + 1).index_add_(1, self.names.teacher_fold, p)[:, :size]
        return p / p.sum(1, keepdim=True).clamp(min=1e-6)

    def targets(self, picks):
        """Positive matrix of a batch."""
        cells = [(n, p, 1.0 if rank == 0 else BROAD) for n, i in enumerate(picks.tolist())
                 for rank, p in enumerate(self.positive[i])]
        n, p, weight = zip(*cells)
        out = torch.zeros(len(picks), len(self.names.labels))
        out[torch.tensor(n), torch.tensor(p)] = torch.tensor(weight)
        return out

    def captions(self, picks):
        """64 rows of the batch that have captions (some twice if there are too few: equal captions
        are no negatives of each other), one random caption of each, and its key."""
        have = (self.caption_count[picks] > 0).nonzero()[:, 0]
        have = have[torch.arange(CAPTIONS) % len(have)]
        rows = picks[have]
        at = self.caption_start[rows] + (torch.rand(len(rows)) * self.caption_count[rows]).long()
        return have, self.caption_ids[at].long(), self.caption_key[at]
