"""Augmentation on whole batches: crop, flip, colour, sharpness and erasing, all as tensor operations."""

import math

import torch
import torch.nn.functional as F

from common import MEAN, STD


def uniform(n, low, high):
    """n uniform random numbers."""
    return torch.rand(n) * (high - low) + low


def crop_grid(shape, size, tight, strength):
    """Sampling grid of a random crop. Photos are stored squashed to a square: `shape` [n, 2] holds
    width and height, so that crops keep the true proportions up to a jitter of 3:4 to 4:3. `strength`
    (0 to 1) says how much of a photo a crop may lose."""
    n = len(shape)
    short = shape.min(1).values
    area = 1 - uniform(n, 0.0, 1.0) * strength * torch.where(tight, 0.55, 0.75)
    wide = torch.rand(n) < 0.2  # a fifth zoomed out, with mirrored borders
    side = torch.where(wide, uniform(n, 1.0, 1.3), area.sqrt())
    stretch = torch.exp(uniform(n, -1, 1) * math.log(4 / 3) / 2)
    half = torch.stack([side * stretch, side / stretch], 1) * (short[:, None] / shape)
    room = (1 - half).abs()
    centre = uniform((n, 2), -1, 1) * room
    half = half * torch.stack([torch.where(torch.rand(n) < 0.5, -1.0, 1.0), torch.ones(n)], 1)
    angle = torch.randn(n) * 0.08
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = half[:, 0] * angle.cos(), -half[:, 0] * angle.sin()
    theta[:, 1, 0], theta[:, 1, 1] = half[:, 1] * angle.sin(), half[:, 1] * angle.cos()
    theta[:, :, 2] = centre
    return F.affine_grid(theta, [n, 3, size, size], align_corners=False)


def colour(x):
    """Random brightness, contrast and saturation; a few pictures become grey."""
    n = len(x)
    strong = (torch.rand(n) < 0.8).float()
    grey = x.mean(1, keepdim=True)
    keep = 1 + strong * uniform(n, -0.4, 0.4)
    keep = torch.where(torch.rand(n) < 0.04, 0.0, keep).view(n, 1, 1, 1)
    x = grey + (x - grey) * keep
    middle = grey.mean((2, 3), keepdim=True)
    gain = (1 + strong * uniform(n, -0.35, 0.35)).view(n, 1, 1, 1)
    shift = (strong * uniform(n, -0.15, 0.15)).view(n, 1, 1, 1)
    tint = (strong[:, None] * torch.randn(n, 3) * 0.03).view(n, 3, 1, 1)
    return ((x - middle) * gain + middle + shift + tint).clamp(0, 1)


def sharpen(x):
    """Photos are stored at 72 pixels and sampled from there, which leaves them softer than the product's pictures, shrunk
    once from whatever size they have: so most are sharpened, by different amounts, and a few softened."""
    amount = uniform(len(x), -0.1, 0.7).view(-1, 1, 1, 1)
    return x + amount * (x - F.avg_pool2d(x, 3, 1, 1, count_include_pad=False))


def erase(x, share):
    """Blank a random rectangle in a share of the pictures."""
    n, _, s, _ = x.shape
    at = torch.arange(s) / s
    low, length = torch.rand(n, 2) * 0.8, uniform((n, 2), 0.15, 0.4)
    inside = (at[None, None] >= low[:, :, None]) & (at[None, None] < (low + length)[:, :, None])
    hit = inside[:, 0, :, None] & inside[:, 1, None, :] & (torch.rand(n) < share)[:, None, None]
    return x.masked_fill(hit[:, None], 0.0)


def normalise(x):
    """Subtract mean, divide by standard deviation."""
    return (x - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def batch(pixels, shape, tight, size, strength=1.0):
    """uint8 [n, s, s, 3] squashed photos to augmented, normalised [n, 3, size, size]; `strength` below 1
    crops and blanks less."""
    x = pixels.permute(0, 3, 1, 2).contiguous().float().div_(255)
    grid = crop_grid(shape, size, tight, strength)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    return erase(normalise(colour(sharpen(x))), 0.2 * strength)
