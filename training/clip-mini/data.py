"""What training learns from: names and their wordings, photos as features, and which names hold for which photo."""

import json
import random
from collections import Counter

import numpy as np
import torch

import imagenet
import lexicon
import text
from common import KEPT_OUT, everyday

WORDINGS = ["{}", "a photo of a {}", "a photo of a {}", "a {}", "a picture of the {}", "{plural}", "a photo of {plural}", "a close-up photo of a {}"]
OUR_PROMPT = "a photo of a {}"


def plural(name):
    """A simple English plural of the last word."""
    if name.endswith(("s", "sh", "ch", "x", "z")):
        return name if name.endswith("s") and not name.endswith("ss") else name + "es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return name[:-1] + "ies"
    return name[:-3] + "men" if name.endswith("man") and name != "human" else name + "s"


def wordings(name):
    return [w.format(name, plural=plural(name)) for w in WORDINGS]


class Names:
    """All names of training with their sentence vectors [names, wordings, 384]."""

    def __init__(self, args, rows):
        photos = Counter(label for r in rows for label in r["labels"])
        own = {*everyday(args), *json.loads((args.data / "labelsets.json").read_text())["cifar100"]}
        known = tuple(sorted(own | set(photos)))
        self.closure = imagenet.closure(known)
        every = [n for c in self.closure for n in c] + list(known)
        self.list = [n for n in dict.fromkeys(every) if n not in KEPT_OUT]
        self.at = {n: i for i, n in enumerate(self.list)}
        self.own = [[self.at[n] for n in c[:1]] for c in self.closure]
        self.member = torch.zeros(1000, len(self.list))
        for c, holds in enumerate(self.closure):
            self.member[c, [self.at[n] for n in holds]] = 1
        # A class whose own name is kept out teaches nothing.
        self.usable = torch.tensor([bool(c) for c in self.closure])
        cache = args.work / "names.pt"
        if cache.exists() and (saved := torch.load(cache))["list"] == self.list:
            self.vectors = saved["vectors"]
        else:
            lines = [w for n in self.list for w in wordings(n)]
            self.vectors = text.sentence_vectors(lines).view(len(self.list), len(WORDINGS), -1)
            torch.save({"list": self.list, "vectors": self.vectors}, cache)
        gloss = [imagenet.definition(w) for w in imagenet.wnids()]
        self.glosses = text.sentence_vectors(gloss)
        self.words = args.words
        if self.words:
            self.other_words(args.work / "words.pt")

    def other_words(self, cache):
        """WordNet's other words for the names: `other` [words, wordings, 384] and `of`, the name of each; `groups`, the words of
        each meaning (those of a name's meaning in `near`), and `lexical` [2, words, 384], every word alone and in a sentence."""
        groups = lexicon.meanings()
        pairs = [(n, word) for group in groups for n in group if n in self.at for word in group if word not in self.at]
        words = sorted({word for group in groups for word in group})
        if cache.exists() and (saved := torch.load(cache))["pairs"] == pairs:
            self.other, self.lexical = saved["other"], saved["lexical"]
        else:
            lines = [line for _, word in pairs for line in wordings(word)]
            self.other = text.sentence_vectors(lines).view(len(pairs), len(WORDINGS), -1)
            lines = [form.format(word) for form in ("{}", OUR_PROMPT) for word in words]
            self.lexical = text.sentence_vectors(lines).view(2, len(words), -1)
            torch.save({"pairs": pairs, "other": self.other, "lexical": self.lexical}, cache)
        number = {word: i for i, word in enumerate(words)}
        self.of = torch.tensor([self.at[n] for n, _ in pairs])
        self.groups = [[number[word] for word in group] for group in groups]
        self.near = [members for members, group in zip(self.groups, groups) if any(word in self.at for word in group)]

    def draw(self):
        """One wording of each name [names, 384]; with `words`, three times in ten of another word for it."""
        pick = torch.randint(0, len(WORDINGS), (len(self.list),))
        out = self.vectors[torch.arange(len(self.list)), pick]
        if self.words:
            order = torch.randperm(len(self.of))
            order = order[torch.rand(len(order)) < 0.3]
            out[self.of[order]] = self.other[order, torch.randint(0, len(WORDINGS), (len(order),))]
        return blurred(out)

    def of_one_meaning(self, n):
        """Two sentence vectors [n, 384] for each of n meanings, half of them meanings of names."""
        some = random.sample(self.near, n // 2) + random.sample(self.groups, n // 2)
        a, b = zip(*(random.sample(group, 2) for group in some))
        form = torch.randint(0, 2, (len(a),))
        return self.lexical[form, list(a)], self.lexical[form, list(b)]


def blurred(vectors):
    """Sentence vectors moved at random, some hardly and some by half their length: words of like meaning, which lie about as
    far from each other, then meet the same pictures."""
    length = 0.6 * torch.rand(len(vectors), 1)
    return vectors + length * torch.nn.functional.normalize(torch.randn_like(vectors), dim=1)


def near(a, b, most=4):
    """Which of the hashes `a` are within `most` bits of one of `b`."""
    a, b = np.array(a, np.uint64), np.array(b, np.uint64)
    out = np.zeros(len(a), bool)
    for h in b:
        out |= np.bitwise_count(a ^ h) <= most
    return out


class Photos:
    """Views of all photos: frozen features, labels and captions."""

    def __init__(self, args, rows, names, held_out_hashes):
        self.mid, self.row = [], []
        for path in sorted(args.work.glob("*-[0-9].json")):
            notes = json.loads(path.read_text())
            copies = near([h for _, h in notes], held_out_hashes)
            mid = np.load(path.with_suffix(".npy"), mmap_mode="r")
            keep = np.flatnonzero(~copies)
            print(path.stem, len(notes), "views,", int(copies.sum()), "near held-out photos left out", flush=True)
            self.mid.append((mid, keep))
            self.row += [notes[i][0] for i in keep]
        self.start = np.cumsum([0] + [len(k) for _, k in self.mid])
        self.row = np.array(self.row)
        self.labels = []
        known = {n: c for c, n in enumerate(imagenet.names())}
        for i in self.row:
            labels = [n for n in rows[i]["labels"] if n in names.at]
            if labels and labels[0] in known:
                labels = list(dict.fromkeys([*labels, *names.closure[known[labels[0]]]]))
            self.labels.append([names.at[n] for n in labels])
        self.captions = [rows[i].get("captions", []) for i in self.row]
        source = [rows[i]["source"] for i in self.row]
        self.tiny = np.array([s in ("cifar100",) for s in source])
        # Where the classifier's answer is worth learning from: sharp photos.
        poor = ("cifar100", "sketches", "cartoons", "paintings", "miniimagenet", "tiles")
        self.soft = torch.tensor([s not in poor and bool(rows[i]["repository"]) for i, s in zip(self.row, source)])
        # "dog" among a Flickr photo's words is one thing of many in it.
        count = Counter(x[0] for x in self.labels if x)
        w = np.array([1 / count[x[0]] ** 0.5 if x else 0.02 for x in self.labels])
        offered = {names.at[n] for n in everyday(args) if n in names.at}
        w *= np.array([args.offered if x and x[0] in offered else 1 for x in self.labels])
        w[self.tiny] *= args.tiny * w[~self.tiny].sum() / max(w[self.tiny].sum(), 1e-9)
        self.weight = w / w.sum()

    def __len__(self):
        return len(self.row)

    def views(self, index):
        """Frozen features float32 [n, 208, 7, 7]."""
        part = np.searchsorted(self.start, index, "right") - 1
        out = np.empty((len(index), *self.mid[0][0].shape[1:]), np.float16)
        for p in np.unique(part):
            at = np.flatnonzero(part == p)
            mid, keep = self.mid[p]
            out[at] = mid[keep[index[at] - self.start[p]]]
        return torch.from_numpy(out).float()
