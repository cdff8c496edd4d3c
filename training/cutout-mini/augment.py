"""Batches: photos cropped, mirrored and coloured at random, and things put before other backgrounds."""

import torch
import torch.nn.functional as F

from common import MEAN, STD

PASTED = 0.1  # share of things put before a plain ground or another photo
WHOLE = 0.5   # share of photos seen whole, as the product shows them


def draw(low, high, *shape):
    """Uniform numbers."""
    return low + (high - low) * torch.rand(shape)


def windows(x, side, scale, around="reflection"):
    """Pictures [n, c, s, s] seen through random windows of `scale` times their side, mirrored half the time."""
    n = len(x)
    stretch = torch.exp(draw(-0.12, 0.12, n))
    sizes = torch.stack([scale * stretch, scale / stretch], 1)
    sizes = torch.where((scale < 1)[:, None], sizes.clamp(max=1), sizes)
    shift = draw(-1, 1, n, 2) * (1 - sizes).abs()
    mirror = torch.where(torch.rand(n) < 0.5, -1.0, 1.0)
    zero = torch.zeros(n)
    theta = torch.stack([torch.stack([sizes[:, 0] * mirror, zero, shift[:, 0]], 1),
                         torch.stack([zero, sizes[:, 1], shift[:, 1]], 1)], 1)
    grid = F.affine_grid(theta, (n, x.shape[1], side, side), align_corners=False)
    return F.grid_sample(x, grid, padding_mode=around, align_corners=False)


def colour(x):
    """Brightness, contrast, saturation and tint of values from 0 to 1."""
    n = len(x)
    mean = x.mean((1, 2, 3), keepdim=True)
    gray = x.mean(1, keepdim=True)
    x = gray + (x - gray) * draw(0.5, 1.4, n, 1, 1, 1)
    x = (x - mean) * draw(0.75, 1.25, n, 1, 1, 1) + mean * draw(0.8, 1.2, n, 1, 1, 1)
    return (x * draw(0.95, 1.05, n, 3, 1, 1)).clamp(0, 1)


def soften(x):
    """Shrink and enlarge the first eighth: pictures come in every sharpness."""
    few, side = len(x) // 8, x.shape[-1]
    if few == 0:
        return x
    small = int(side * float(draw(0.3, 0.9)))
    coarse = F.interpolate(x[:few], size=small, mode="bilinear", antialias=True)
    return torch.cat([F.interpolate(coarse, size=side, mode="bilinear"), x[few:]])


def whole_photos(split, side, count):
    """Photos with their masks, about half of them whole."""
    scale = torch.where(torch.rand(count) < WHOLE, torch.ones(count), draw(0.6, 1, count))
    return windows(split.both(split.draw(count)), side, scale)


def pasted(split, side, count):
    """Things before a plain ground, or before a photo of another."""
    front = windows(split.both(split.draw_things(count)), side, draw(0.9, 1.7, count), "zeros")
    rgb, alpha = front[:, :3], front[:, 3:]
    ground = colour(windows(split.both(split.draw(count)), side, draw(0.3, 0.6, count))[:, :3])
    plain = torch.where(torch.rand(count, 1, 1, 1) < 0.5, draw(0, 1, count, 3, 1, 1), draw(0.8, 1, count, 1, 1, 1))
    blurred = F.interpolate(F.adaptive_avg_pool2d(ground, 6), size=side, mode="bilinear")
    ground = torch.where(torch.rand(count, 1, 1, 1) < 0.5, plain.expand_as(ground), blurred)
    return torch.cat([rgb * alpha + ground * (1 - alpha), alpha], 1)


def batch(split, side, count):
    """One batch: normalised pictures [n, 3, side, side] and masks [n, 1, side, side]."""
    few = int((torch.rand(count) < PASTED).sum())
    parts = [whole_photos(split, side, count - few)] + ([pasted(split, side, few)] if few else [])
    both = torch.cat(parts)[torch.randperm(count)]
    x = soften(colour(both[:, :3]))
    x = x + torch.randn_like(x) * draw(0, 0.02, count, 1, 1, 1)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    return (x.clamp(0, 1) - mean) / std, both[:, 3:].clamp(0, 1)
