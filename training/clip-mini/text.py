"""The text tower: MiniLM-L6, as its authors trained it, and a small network on top that learns to meet the pictures."""

import json
import zipfile
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from common import CONTEXT, EMBED

WIDTH, HEADS, LAYERS = 384, 12, 6


class Layer(nn.Module):
    """One block of BERT, normalising after each half."""

    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, x, bias):
        n, t, _ = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(2, 3) * (WIDTH // HEADS) ** -0.5 + bias).softmax(3) @ v
        x = self.norm1(x + self.out(a.transpose(1, 2).reshape(n, t, WIDTH)))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class MiniLm(nn.Module):
    """Token ids [n, t] (0: padding) to sentence vectors of unit length [n, 384]."""

    def __init__(self, pieces):
        super().__init__()
        self.words, self.places = nn.Embedding(pieces, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, ids):
        mask = (ids != 0).float()
        bias = (1 - mask)[:, None, None, :] * -1e4
        x = self.norm(self.words(ids) + self.places.weight[:ids.shape[1]])
        for layer in self.layers:
            x = layer(x, bias)
        return F.normalize((x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1), dim=1)


@cache
def archive():
    import all_minilm_l6_v2
    from pathlib import Path
    return zipfile.ZipFile(Path(all_minilm_l6_v2.__file__).parent / "model.zip")


def member(ending):
    return archive().read(next(n for n in archive().namelist() if n.endswith(ending) and "MACOSX" not in n))


def pretrained(keep=None):
    """(MiniLm, tokenizer) with the published weights; `keep`: ids of the word pieces to keep, in order."""
    from safetensors.torch import load
    from tokenizers import Tokenizer
    w = load(member("model.safetensors"))
    w = {k.removeprefix("bert."): v.float() for k, v in w.items()}
    words = w["embeddings.word_embeddings.weight"]
    words = words if keep is None else words[keep]
    m = MiniLm(len(words))
    state = {"words.weight": words, "norm.weight": w["embeddings.LayerNorm.weight"], "norm.bias": w["embeddings.LayerNorm.bias"],
             "places.weight": w["embeddings.position_embeddings.weight"][:CONTEXT] + w["embeddings.token_type_embeddings.weight"][0]}
    for i in range(LAYERS):
        a, b = f"encoder.layer.{i}.", f"layers.{i}."
        for part in ("weight", "bias"):
            state[b + "qkv." + part] = torch.cat([w[a + f"attention.self.{x}.{part}"] for x in ("query", "key", "value")])
            for mine, theirs in (("out", "attention.output.dense"), ("norm1", "attention.output.LayerNorm"),
                                 ("up", "intermediate.dense"), ("down", "output.dense"), ("norm2", "output.LayerNorm")):
                state[b + f"{mine}.{part}"] = w[a + f"{theirs}.{part}"]
    m.load_state_dict(state)
    tokenizer = Tokenizer.from_str(member("tokenizer.json").decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(CONTEXT)
    return m.eval(), tokenizer


def ids_of(tokenizer, texts):
    """int64 [n, longest] with 0 for padding."""
    found = [e.ids for e in tokenizer.encode_batch(list(texts))]
    out = np.zeros((len(found), max(map(len, found))), np.int64)
    for row, ids in zip(out, found):
        row[:len(ids)] = ids
    return torch.from_numpy(out)


@torch.no_grad()
def sentence_vectors(texts, batch=512):
    """float32 [n, 384] of MiniLM."""
    m, tokenizer = pretrained()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out = torch.zeros(len(texts), WIDTH)
    for i in range(0, len(order), batch):
        at = order[i:i + batch]
        out[at] = m(ids_of(tokenizer, [texts[j] for j in at]))
    return out


class TextHead(nn.Module):
    """Sentence vectors to embeddings of unit length."""

    def __init__(self, hidden=1024):
        super().__init__()
        self.straight = nn.Linear(WIDTH, EMBED)
        self.up, self.down = nn.Linear(WIDTH, hidden), nn.Linear(hidden, EMBED)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        return F.normalize(self.straight(x) + self.down(self.drop(F.gelu(self.up(x)))), dim=1)
