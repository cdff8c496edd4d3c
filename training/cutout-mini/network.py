"""u2netp (U2-Net, small: Qin et al., 2020) in PyTorch, with the weights of its published ONNX graph, and the student.

The student has the teacher's encoder and coarse decoder stages as they are. Its two fine stages, which cost the teacher
most of its time, are cheaper: they convolve the coarse features before they enlarge them, and the finest is half as wide.
"""

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import nn

WIDTH, INNER = 64, 16       # channels of a stage of u2netp, outside and inside
FINE, FINEST, SKIP = 48, 32, 16  # of the student's two fine stages, and of what the finest takes from the encoder


class Conv(nn.Module):
    """3x3 convolution (batch norms are folded in) and ReLU."""

    def __init__(self, ins, outs, dilation=1):
        super().__init__()
        self.conv = nn.Conv2d(ins, outs, 3, 1, dilation, dilation)

    def forward(self, x):
        return F.relu(self.conv(x))


def enlarged(x, like):
    """Bilinear, to the size of another tensor."""
    return F.interpolate(x, size=like.shape[2:], mode="bilinear")


def halved(x):
    """Half the size, odd sides rounded up."""
    return F.max_pool2d(x, 2, 2, ceil_mode=True)


class Stage(nn.Module):
    """A small U-Net with a shortcut, `depth` convolutions deep: RSU-4 to RSU-7."""

    def __init__(self, depth, ins, outs=WIDTH, first=None):
        super().__init__()
        self.first = first or Conv(ins, outs)
        self.down = nn.ModuleList([Conv(outs, INNER)] + [Conv(INNER, INNER) for _ in range(depth - 2)])
        self.bottom = Conv(INNER, INNER, 2)
        self.up = nn.ModuleList(Conv(2 * INNER, INNER if i < depth - 2 else outs) for i in range(depth - 1))

    def forward(self, *x):
        return self.features(*x)[-1]

    def features(self, *x):
        """What the first convolution and every inner one makes, and the stage's answer last."""
        start = self.first(*x)
        seen = []
        for i, down in enumerate(self.down):
            seen.append(down(halved(seen[-1]) if i else start))
        made = [self.bottom(seen[-1])]
        for i, (up, skip) in enumerate(zip(self.up, seen[::-1])):
            made.append(up(torch.cat((enlarged(made[-1], skip) if i else made[-1], skip), 1)))
        return [start, *seen, *made[:-1], made[-1] + start]


class Flat(nn.Module):
    """As Stage, with dilated convolutions in place of smaller sizes: RSU-4F."""

    def __init__(self, ins):
        super().__init__()
        self.first = Conv(ins, WIDTH)
        self.down = nn.ModuleList(Conv(INNER if i else WIDTH, INNER, 2 ** i) for i in range(3))
        self.bottom = Conv(INNER, INNER, 8)
        self.up = nn.ModuleList(Conv(2 * INNER, INNER if i < 2 else WIDTH, 4 >> i) for i in range(3))

    def forward(self, x):
        start = self.first(x)
        seen = []
        for down in self.down:
            seen.append(down(seen[-1] if seen else start))
        made = self.bottom(seen[-1])
        for up, skip in zip(self.up, seen[::-1]):
            made = up(torch.cat((made, skip), 1))
        return made + start


class Encoder(nn.Module):
    """All stages but the two fine ones of the decoder: pixels -> features at 1, 1/2 and 1/4 of the side."""

    def __init__(self):
        super().__init__()
        self.one, self.two, self.three, self.four = Stage(7, 3), Stage(6, WIDTH), Stage(5, WIDTH), Stage(4, WIDTH)
        self.five, self.six = Flat(WIDTH), Flat(WIDTH)
        self.five_up, self.four_up, self.three_up = Flat(2 * WIDTH), Stage(4, 2 * WIDTH), Stage(5, 2 * WIDTH)

    def forward(self, x):
        return self.features(x)[:3]

    def features(self, x):
        """The three that the fine stages need, then the coarser ones, which have answers of their own."""
        one = self.one(x)
        return [one, *self.after(halved(one))]

    def after(self, x):
        """The same but the first, from its half-size copy."""
        two = self.two(x)
        three = self.three(halved(two))
        four = self.four(halved(three))
        five = self.five(halved(four))
        made = [self.six(halved(five))]
        for up, skip in ((self.five_up, five), (self.four_up, four), (self.three_up, three)):
            made.append(up(torch.cat((enlarged(made[-1], skip), skip), 1)))
        return [two, *made[::-1]]


class Teacher(nn.Module):
    """u2netp: normalised pixels -> what the encoder gives, what the fine stages make inside, and logits last."""

    def __init__(self, path):
        super().__init__()
        self.encoder, self.two_up, self.one_up = Encoder(), Stage(6, 2 * WIDTH), Stage(7, 2 * WIDTH)
        self.sides = nn.ModuleList(nn.Conv2d(WIDTH, 1, 3, padding=1) for _ in range(6))
        self.mix = nn.Conv2d(6, 1, 1)
        convolutions = [part for part in self.modules() if isinstance(part, nn.Conv2d)]
        for part, (weight, bias) in zip(convolutions, weights_of(path), strict=True):
            part.weight.data.copy_(weight)
            part.bias.data.copy_(bias)

    def forward(self, x):
        one, two, *coarse = self.encoder.features(x)
        inner = self.two_up.features(torch.cat((enlarged(coarse[0], two), two), 1))
        finest = self.one_up.features(torch.cat((enlarged(inner[-1], one), one), 1))
        answers = [side(level) for side, level in zip(self.sides, (finest[-1], inner[-1], *coarse))]
        logits = self.mix(torch.cat([enlarged(answer, answers[0]) for answer in answers], 1))
        return [one, two, coarse[0], *inner, *finest, logits]


def weights_of(path):
    """Weights and biases of an ONNX graph's convolutions, in the order in which they run."""
    graph = onnx.load(str(path)).graph
    values = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            values[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    return [[torch.from_numpy(np.array(values[name])) for name in node.input[1:]]
            for node in graph.node if node.op_type == "Conv"]


class Joined(nn.Module):
    """First convolution of a decoder stage: the coarse features are convolved before they are enlarged."""

    def __init__(self, coarse, outs, skip=0):
        super().__init__()
        self.coarse = nn.Conv2d(coarse, outs, 3, padding=1, bias=False)
        self.narrow = nn.Conv2d(WIDTH, skip, 1, bias=False) if skip else nn.Identity()
        self.skip = nn.Conv2d(skip or WIDTH, outs, 3, padding=1)

    def forward(self, coarse, skip):
        return F.relu(enlarged(self.coarse(coarse), skip) + self.skip(self.narrow(skip)))


class Side(nn.Module):
    """3x3 convolution to one channel: nine products of each pixel, then their sum over nine places. ONNX Runtime pads one
    channel to sixteen, so this takes a third of the time."""

    def __init__(self, ins):
        super().__init__()
        self.products = nn.Conv2d(ins, 9, 1, bias=False)
        self.sum = nn.Conv2d(9, 1, 3, padding=1)
        self.sum.weight.data = torch.eye(9).view(1, 9, 3, 3)

    def forward(self, x):
        return self.sum(self.products(x))


class Fine(nn.Module):
    """The student's two fine stages: the encoder's features -> what they make inside, and logits last."""

    def __init__(self):
        super().__init__()
        self.two_up = Stage(6, 0, FINE, Joined(WIDTH, FINE))
        self.one_up = Stage(7, 0, FINEST, Joined(FINE, FINEST, SKIP))
        self.side = Side(FINEST)

    def forward(self, one, two, three):
        inner = self.two_up.features(three, two)
        finest = self.one_up.features(inner[-1], one)
        return [*inner, *finest, self.side(finest[-1])]


class Halves(nn.Module):
    """Two convolutions in place of one, each with half of its output channels (or input channels, whose sums are added):
    no tensor of a picture's full size then has more than 32 channels, which halves the memory of a run."""

    def __init__(self, conv, of):
        super().__init__()
        self.conv, self.of = conv, of
        self.parts = [part.clone() for part in conv.weight.chunk(2, 0 if of == "outputs" else 1)]

    def forward(self, *x):
        padding, bias = self.conv.padding, self.conv.bias
        if self.of == "outputs":
            return [F.conv2d(*x, part, b, padding=padding) for part, b in zip(self.parts, bias.chunk(2))]
        first, second = (F.conv2d(half, part, b, padding=padding) for half, part, b in zip(x, self.parts, (bias, None)))
        return first + second


class Cutout(nn.Module):
    """What is exported: normalised pixels [1, 3, s, s] -> matte [1, 1, s, s]. The same as encoder and fine stages one
    after the other; the encoder's first stage is written out, in halves."""

    def __init__(self, encoder, fine):
        super().__init__()
        self.encoder, self.fine, one = encoder, fine, encoder.one
        self.start, self.enter = Halves(one.first.conv, "outputs"), Halves(one.down[0].conv, "inputs")
        self.leave = Halves(one.up[-1].conv, "outputs")
        self.narrow = Halves(fine.one_up.first.narrow, "inputs")
        fine.one_up.first.narrow = nn.Identity()

    def first_stage(self, x):
        """Both halves of what the encoder's first stage makes."""
        start, one = [F.relu(half) for half in self.start(x)], self.encoder.one
        seen = [F.relu(self.enter(*start))]
        for down in one.down[1:]:
            seen.append(down(halved(seen[-1])))
        made = one.bottom(seen[-1])
        for i, (up, skip) in enumerate(zip(one.up[:-1], seen[:0:-1])):
            made = up(torch.cat((enlarged(made, skip) if i else made, skip), 1))
        ends = self.leave(torch.cat((enlarged(made, seen[0]), seen[0]), 1))
        return [F.relu(end) + half for end, half in zip(ends, start)]

    def forward(self, x):
        one = self.first_stage(x)
        two, three = self.encoder.after(torch.cat([halved(half) for half in one], 1))[:2]
        return torch.sigmoid(self.fine(self.narrow(*one), two, three)[-1])
