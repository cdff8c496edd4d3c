"""The student: a small U-Net whose view of the whole is clip-mini's picture tower.

Half-size, the picture goes through the first blocks of clip-mini's tower (ours, trained from scratch): it
knows what things are. A few convolutions on the full size add where exactly they end.
"""

import torch
import torch.nn.functional as F
from torch import nn

STAGES = ((32, 1), (64, 2), (160, 3))  # widths and blocks of clip-mini's tower that are used
DEEP = 160                             # width at 1/32 of the side
FINE = (24, 40)                        # widths at 1/2 and 1/4 of the side, from the full-size picture
SECOND_LOOK = 192                      # the side of it
# Half-sure is half-transparent, which looks like a ghost: so the answer is steeper than it was learned. Of
# 1 to 5 this had the least mean error on the validation photos.
GAIN = 2.5


class Block(nn.Module):
    """Two 3x3 convolutions with a shortcut; members are named as in clip-mini."""

    def __init__(self, inner, outer, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outer)
        self.short = None
        if stride > 1 or inner != outer:
            self.short = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        return F.relu(y + (x if self.short is None else self.short(x)))


class Tower(nn.Module):
    """The beginning of clip-mini's picture tower; gives what each stage ends with."""

    def __init__(self):
        super().__init__()
        inner, blocks, self.ends = STAGES[0][0], [], []
        self.stem = nn.Sequential(nn.Conv2d(3, inner, 3, 2, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU())
        for stage, (width, depth) in enumerate(STAGES):
            for i in range(depth):
                blocks.append(Block(inner, width, 2 if i == 0 and stage > 0 else 1))
                inner = width
            self.ends.append(len(blocks) - 1)
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x):
        x, seen = self.stem(x), []
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in self.ends:
                seen.append(x)
        return seen


def conv(ins, outs, stride=1):
    """Convolution, batch norm, ReLU."""
    return nn.Sequential(nn.Conv2d(ins, outs, 3, stride, 1, bias=False), nn.BatchNorm2d(outs), nn.ReLU())


class Whole(nn.Module):
    """Adds what the picture is as a whole to every place of it."""

    def __init__(self, width):
        super().__init__()
        self.inner = nn.Conv2d(width, width, 1)

    def forward(self, x):
        return x + F.relu(self.inner(x.mean((2, 3), keepdim=True)))


class Up(nn.Module):
    """Twice the side, joined with features there."""

    def __init__(self, ins, skip, outs):
        super().__init__()
        self.across = nn.Conv2d(skip, ins, 1)
        self.mix = conv(ins, outs)

    def forward(self, x, skip):
        big = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.mix(big + self.across(skip))


class Cutout(nn.Module):
    """[n, 3, side, side] normalised (side a multiple of 32) -> logits [n, 1, side, side]; while
    training also logits at an eighth of the side."""

    def __init__(self):
        super().__init__()
        self.tower = Tower()
        self.deep = nn.Sequential(Block(STAGES[2][0], DEEP, 2), Whole(DEEP))
        self.fine = nn.ModuleList([conv(3, FINE[0], 2), nn.Sequential(conv(FINE[0], FINE[1], 2), Block(FINE[1], FINE[1]))])
        self.up = nn.ModuleList([Up(DEEP, STAGES[2][0], 96), Up(96, STAGES[1][0], 64),
                                 Up(64, STAGES[0][0] + FINE[1], 40), Up(40, FINE[0], 24)])
        self.coarse = nn.Conv2d(64, 1, 1)
        self.last = nn.Conv2d(24, 4, 3, padding=1)

    def forward(self, x):
        early, middle, late = self.tower(F.avg_pool2d(x, 2))
        sharp = self.fine[0](x)
        y = self.up[0](self.deep(late), late)
        y = self.up[1](y, middle)
        coarse = self.coarse(y) if self.training else None
        y = self.up[2](y, torch.cat([early, self.fine[1](sharp)], 1))
        fine = F.pixel_shuffle(self.last(self.up[3](y, sharp)), 2)
        return (fine, coarse) if self.training else fine

    def start_from(self, clip):
        """Take the tower from a state of clip-mini."""
        own = {k.removeprefix("image."): v for k, v in clip.items() if k.startswith("image.")}
        self.tower.load_state_dict({k: own[k] for k in self.tower.state_dict()})

    def train(self, mode=True):
        """Training mode; the tower's batch norms keep what they know of many more photos."""
        super().train(mode)
        self.tower.eval()
        return self


class Matte(nn.Module):
    """The network with its last steps: a matte in place of logits; with `twice` the mean of two looks, at the picture and at
    its mirror image a fifth larger (enlarged bilinearly: onnxruntime takes as long for bicubic as for all the
    rest, for nothing). What is exported."""

    def __init__(self, net, twice):
        super().__init__()
        self.net, self.twice = net, twice

    def forward(self, x):
        logits = self.net(x)
        if self.twice:
            logits = (logits + self.second_look(x)) / 2
        return torch.sigmoid(GAIN * logits)

    def second_look(self, x):
        """Logits of the larger mirror image, mirrored back and as small as those of the picture."""
        larger = F.interpolate(x.flip(3), size=(SECOND_LOOK, SECOND_LOOK), mode="bilinear", align_corners=False)
        return F.interpolate(self.net(larger), size=x.shape[2:], mode="bilinear", align_corners=False).flip(3)
