"""Batches: photos cropped and turned at random, and things put before other backgrounds."""

import math

import torch
import torch.nn.functional as F

from common import MEAN, STD

PHOTOS, PASTED = 0.68, 0.14  # shares of a batch: photos as they are, things cut out of them; the rest are extras


def draw(low, high, count):
    """Uniform numbers."""
    return low + (high - low) * torch.rand(count)


def sample(x, side, scale, turn=6.0, wander=1.0, around="reflection"):
    """Pictures [n, c, s, s] (uint8) seen through random windows of `scale` times their side,
    mirrored half the time, turned by up to `turn` degrees; as values from 0 to 1."""
    n = len(x)
    angle = draw(-turn, turn, n) * math.pi / 180
    stretch = torch.exp(draw(-0.14, 0.14, n))
    sx, sy = scale * stretch, scale / stretch
    mirror = torch.where(torch.rand(n) < 0.5, -1.0, 1.0)
    room = (1 - torch.stack([sx, sy], 1)).abs() * wander
    shift = (torch.rand(n, 2) * 2 - 1) * room
    c, s = angle.cos(), angle.sin()
    theta = torch.stack([torch.stack([c * sx * mirror, -s * sy, shift[:, 0]], 1),
                         torch.stack([s * sx * mirror, c * sy, shift[:, 1]], 1)], 1)
    grid = F.affine_grid(theta, (n, x.shape[1], side, side), align_corners=False)
    return F.grid_sample(x.float() / 255, grid, padding_mode=around, align_corners=False)


def colour(x):
    """Brightness, contrast, saturation and tint of values from 0 to 1."""
    n = (len(x), 1, 1, 1)
    x = x * draw(0.7, 1.3, n)
    mean = x.mean((2, 3), keepdim=True)
    x = (x - mean) * draw(0.7, 1.35, n) + mean
    gray = x.mean(1, keepdim=True)
    x = gray + (x - gray) * draw(0.3, 1.5, n)
    return (x * draw(0.92, 1.08, (len(x), 3, 1, 1))).clamp(0, 1)


def soften(x):
    """Shrink and enlarge, or sharpen: real pictures come in every sharpness."""
    side, half = x.shape[-1], len(x) // 4
    small = int(side * float(draw(0.35, 0.9, 1)))
    coarse = F.interpolate(x[:half], size=small, mode="bilinear", antialias=True)
    blurred = F.interpolate(coarse, size=side, mode="bicubic").clamp(0, 1)
    rest = x[half:half * 2]
    crisp = rest + (rest - F.avg_pool2d(rest, 5, 1, 2, count_include_pad=False)) * float(draw(0.3, 1.5, 1))
    return torch.cat([blurred, crisp.clamp(0, 1), x[half * 2:]])


def photos(data, side, count):
    """Photos with their masks as a fourth channel, two in five of them whole."""
    picks = torch.randint(len(data.train.photos), (count,))
    both = torch.cat([data.train.photos[picks], data.train.masks[picks]], 1)
    scale = torch.where(torch.rand(count) < 0.4, draw(0.97, 1.03, count), draw(0.6, 1, count))
    return sample(both, side, scale)


def behind(data, side, count):
    """Backgrounds: scenes, and photos in which the teacher saw nothing."""
    parts = []
    scenes = 0 if data.scenes is None else count // 2
    if scenes:
        picks = torch.randint(len(data.scenes), (scenes,))
        parts.append(sample(data.scenes[picks], side, draw(0.5, 1, scenes)))
    picks = data.empty[torch.randint(len(data.empty), (count - scenes,))]
    parts.append(sample(data.train.photos[picks], side, draw(0.4, 0.9, count - scenes)))
    return torch.cat(parts)[torch.randperm(count)]


def before(things, data, side, scale):
    """Things [n, 4, s, s] put before backgrounds; their alpha is the answer."""
    front = sample(things, side, scale, turn=15.0, wander=0.6, around="zeros")
    rgb, alpha = front[:, :3], front[:, 3:]
    ground = colour(behind(data, side, len(things)))
    return torch.cat([rgb * alpha + ground * (1 - alpha), alpha], 1)


def batch(data, side, count):
    """One batch: normalised pictures [n, 3, side, side] and masks [n, 1, side, side]."""
    whole, pasted = round(count * PHOTOS), round(count * PASTED)
    extra = count - whole - pasted
    if data.objects is None:
        whole, extra = whole + extra, 0
    parts = [photos(data, side, whole)]
    picks = data.things[torch.randint(len(data.things), (pasted,))]
    things = torch.cat([data.train.photos[picks], data.train.masks[picks]], 1)
    parts.append(before(things, data, side, draw(0.9, 1.9, pasted)))
    if extra:
        picks = torch.randint(len(data.objects), (extra,))
        parts.append(before(data.objects[picks], data, side, draw(0.85, 2.2, extra)))
    both = torch.cat(parts)[torch.randperm(count)]
    x = soften(colour(both[:, :3]))
    x = x + torch.randn_like(x) * draw(0, 0.03, (count, 1, 1, 1))
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    return (x.clamp(0, 1) - mean) / std, both[:, 3:].clamp(0, 1)
