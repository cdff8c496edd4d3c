"""The two towers: a small residual CNN for pictures, a one-block transformer for text."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from common import CONTEXT, EMBED

WIDTHS, DEPTHS = (32, 64, 160, 320), (1, 2, 3, 2)


class Block(nn.Module):
    """Two 3x3 convolutions with a shortcut."""

    def __init__(self, inner, outer, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outer)
        self.short = None
        if stride > 1 or inner != outer:
            self.short = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False),
                                       nn.BatchNorm2d(outer))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        return F.relu(y + (x if self.short is None else self.short(x)))


class ImageTower(nn.Module):
    """Pictures [n, 3, s, s] to embeddings [n, EMBED] (not normalised)."""

    def __init__(self, widths=WIDTHS, depths=DEPTHS, embed=EMBED):
        super().__init__()
        inner = widths[0]
        self.stem = nn.Sequential(nn.Conv2d(3, inner, 3, 2, 1, bias=False), nn.BatchNorm2d(inner),
                                  nn.ReLU())
        blocks = []
        for stage, (width, depth) in enumerate(zip(widths, depths)):
            for i in range(depth):
                blocks.append(Block(inner, width, 2 if i == 0 and stage > 0 else 1))
                inner = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(inner, embed)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out")

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))


class TextTower(nn.Module):
    """Token ids [n, t] (0 = padding) to embeddings [n, EMBED] (not normalised)."""

    def __init__(self, vocab, width=192, heads=4, embed=EMBED, context=CONTEXT):
        super().__init__()
        self.heads = heads
        self.tokens = nn.Embedding(vocab, width)
        self.places = nn.Parameter(torch.randn(context, width) * 0.01)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.norm3, self.weigh = nn.LayerNorm(width), nn.Linear(width, heads)
        self.mlp1, self.mlp2 = nn.Linear(heads * width, 2 * width), nn.Linear(2 * width, embed)
        nn.init.normal_(self.tokens.weight, std=0.05)

    def attend(self, x, bias):
        """Multi-head self-attention with padding masked out."""
        n, t, w = x.shape
        q, k, v = (y.reshape(n, t, self.heads, w // self.heads).transpose(1, 2)
                   for y in self.qkv(x).split(w, dim=2))
        score = q @ k.transpose(2, 3) / math.sqrt(w // self.heads) + bias[:, None, None, :]
        return self.out((score.softmax(3) @ v).transpose(1, 2).reshape(n, t, w))

    def forward(self, ids):
        bias = (ids == 0).float() * -30000.0
        x = self.tokens(ids) + self.places[:ids.shape[1]]
        x = x + self.attend(self.norm1(x), bias)
        x = x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))
        x = self.norm3(x)
        share = (self.weigh(x) + bias[:, :, None]).softmax(1)
        pooled = (share.transpose(1, 2) @ x).flatten(1)
        return self.mlp2(F.gelu(self.mlp1(pooled), approximate="tanh"))


class Clip(nn.Module):
    """Both towers and the learned temperature."""

    def __init__(self, vocab):
        super().__init__()
        self.image, self.text = ImageTower(), TextTower(vocab)
        self.log_scale = nn.Parameter(torch.tensor(math.log(14.0)))

    def scale(self):
        """Logit scale, kept below 60."""
        return self.log_scale.clamp(max=math.log(60.0)).exp()
