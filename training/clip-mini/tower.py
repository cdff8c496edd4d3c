"""The picture tower: EfficientNet-Lite2's first blocks, which stay as Google trained them, and its last ones, which are tuned."""

import torch
import torch.nn.functional as F
from torch import nn

from common import EMBED, lite2

SPLIT = 16
"""Blocks before this one are never trained: what comes out of them is computed once a view."""


class Front(nn.Module):
    """float32 [n, 3, 224, 224] to [n, 208, 7, 7]."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        x = self.net._swish(self.net._bn0(self.net._conv_stem(x)))
        for block in self.net._blocks[:SPLIT]:
            x = block(x)
        return x


def fused(conv, norm):
    """A convolution with the batch norm after it folded in, trainable as one."""
    k = norm.weight / (norm.running_var + norm.eps).sqrt()
    out = nn.Conv2d(conv.in_channels, conv.out_channels, conv.kernel_size, padding=conv.kernel_size[0] // 2, groups=conv.groups)
    with torch.no_grad():
        out.weight.copy_(conv.weight * k[:, None, None, None])
        out.bias.copy_(norm.bias - norm.running_mean * k)
    return out


class Block(nn.Module):
    """EfficientNet-Lite's inverted bottleneck at stride 1, batch norms folded."""

    def __init__(self, block):
        super().__init__()
        self.expand, self.depth = fused(block._expand_conv, block._bn0), fused(block._depthwise_conv, block._bn1)
        self.project = fused(block._project_conv, block._bn2)
        self.skip = self.expand.in_channels == self.project.out_channels

    def forward(self, x):
        y = self.project(F.relu6(self.depth(F.relu6(self.expand(x)))))
        return x + y if self.skip else y


class Tail(nn.Module):
    """[n, 208, 7, 7] to features [n, 1280]."""

    def __init__(self, net):
        super().__init__()
        self.blocks = nn.ModuleList(Block(b) for b in net._blocks[SPLIT:])
        self.head = fused(net._conv_head, net._bn1)

    def forward(self, x):
        x = x.contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = block(x)
        return F.relu6(self.head(x)).mean((2, 3))


class Head(nn.Module):
    """Features to an embedding of unit length: a linear map of the features and one of the classifier's softened answer,
    which carries what Google's labels taught it."""

    def __init__(self, classifier):
        super().__init__()
        self.classifier = classifier
        self.features = nn.Linear(1280, EMBED)
        self.answers = nn.Linear(1000, EMBED, bias=False)
        nn.init.normal_(self.answers.weight, std=0.05)
        self.heat = nn.Parameter(torch.tensor(1.5))
        self.drop = nn.Dropout(0.1)

    def forward(self, f):
        answers = (self.classifier(f) / self.heat.clamp(0.5, 4)).softmax(1).clamp(min=1e-6).sqrt()
        return F.normalize(self.features(self.drop(f)) + 4 * self.answers(answers), dim=1)


def parts():
    """(front, tail, classifier) of the pretrained network."""
    net = lite2()
    return Front(net).eval(), Tail(net).to(memory_format=torch.channels_last).eval(), net._fc
