"""What the student begins with: the teacher's weights, fitted to fewer channels on what some photos make of them.

Stage by stage, each convolution whose inputs are no longer the teacher's is solved for by least squares: from what the
student has there to what the teacher makes. So later ones make up for what earlier ones lost.
"""

import torch
import torch.nn.functional as F

from network import FINE, FINEST, SKIP, WIDTH, enlarged

PLACES = 4000   # of a photo's patches, as many enter a fit
RIDGE = 1e-5    # of the inputs' mean power
TWO, ONE = slice(3, 15), slice(15, 29)  # what the two fine stages make, in what the teacher returns


@torch.no_grad()
def begin(teacher, fine, made):
    """Fill `fine`. `made()` gives what the teacher returns for some photos, one list after another; they would not fit
    into memory together."""
    two, one, last = teacher.two_up, teacher.one_up, teacher.one_up.first.conv.weight
    kept_two = important(FINE, made, TWO, two.down[0].conv.weight, last[:, :WIDTH])
    kept_one = important(FINEST, made, ONE, one.down[0].conv.weight, teacher.sides[0].weight)
    for ours, theirs, kept in ((fine.two_up, two, kept_two), (fine.one_up, one, kept_one)):
        for part in ("down", "bottom", "up"):
            copy(getattr(ours, part), getattr(theirs, part), kept)
    narrow(fine.one_up.first, last[kept_one, WIDTH:], (m[0] for m in made()))
    join(fine.two_up.first, two.first.conv, kept_two, ((m[2], m[1], m[2]) for m in made()))
    enter(fine.two_up, two, ((fine.two_up.first(m[2], m[1]), m[TWO][0]) for m in made()))
    join(fine.one_up.first, one.first.conv, kept_one, ((fine.two_up(m[2], m[1]), m[0], m[TWO][-1]) for m in made()))
    starts = ((fine.one_up.first(fine.two_up(m[2], m[1]), m[0]), m[ONE][0]) for m in made())
    enter(fine.one_up, one, starts)
    weight, bias = solve((patches(fine(*m[:3])[-2]), m[-1]) for m in made())
    fine.side.products.weight.data = weight[0].reshape(FINEST, 9).T.reshape(9, FINEST, 1, 1).contiguous()
    fine.side.sum.bias.data = bias


def important(count, made, stage, inside, after):
    """Channels of a stage that weigh most in its own next convolution, which gets its start, and in the one behind it."""
    starts, ends = 0, 0
    for m in made():
        start, *_, end = m[stage]
        starts, ends = starts + start.std((0, 2, 3)), ends + end.std((0, 2, 3))
    shares = (inside.pow(2).sum((0, 2, 3)).sqrt() * starts, after.pow(2).sum((0, 2, 3)).sqrt() * ends)
    return sum(share / share.sum() for share in shares).topk(count).indices.sort().values


def copy(ours, theirs, kept):
    """Copy convolutions; of those that are wider than ours the kept output channels."""
    for a, b in zip(ours.modules(), theirs.modules()):
        if isinstance(a, torch.nn.Conv2d) and a.in_channels == b.in_channels:
            rows = slice(None) if a.out_channels == b.out_channels else kept
            a.weight.data, a.bias.data = b.weight[rows].clone(), b.bias[rows].clone()


def narrow(joined, weight, inputs):
    """Of a 1x1 and a 3x3 convolution in place of one 3x3 [o, 64, 3, 3], the 1x1 with which least of its output is lost."""
    pixels = torch.cat([x[0].flatten(1).T[::29] for x in inputs]).double()
    power, axes = torch.linalg.eigh(pixels.T @ pixels / len(pixels))
    root = power.clamp(min=power[-1] * 1e-9).sqrt()
    rows = weight.double().permute(0, 2, 3, 1).reshape(-1, WIDTH) @ axes * root
    best = torch.linalg.svd(rows, full_matrices=False)[2][:SKIP]
    joined.narrow.weight.data = (best / root @ axes.T).float().reshape(SKIP, WIDTH, 1, 1)


def join(joined, theirs, kept, features):
    """Solve for both 3x3 convolutions of a stage's entry. `features` are coarse and skip of ours, and theirs coarse."""
    def pairs():
        for coarse, skip, exact in features:
            ours = torch.cat([enlarged(patches(coarse), skip), patches(joined.narrow(skip))], 1)
            yield ours, theirs(torch.cat((enlarged(exact, skip), skip), 1))[:, kept]
    weight, bias = solve(pairs())
    size = joined.coarse.weight[0].numel()
    joined.coarse.weight.data = weight[:, :size].reshape(joined.coarse.weight.shape).contiguous()
    joined.skip.weight.data = weight[:, size:].reshape(joined.skip.weight.shape).contiguous()
    joined.skip.bias.data = bias


def enter(ours, theirs, starts):
    """Solve for the convolution that leads into a stage."""
    conv = ours.down[0].conv
    weight, bias = solve((patches(mine), theirs.down[0].conv(exact)) for mine, exact in starts)
    conv.weight.data, conv.bias.data = weight.reshape(conv.weight.shape).contiguous(), bias


def patches(x):
    """[1, c, h, w] -> [1, 9c, h, w]: what a 3x3 convolution sees of each place."""
    return F.unfold(x, 3, padding=1).reshape(1, -1, *x.shape[2:])


def solve(pairs):
    """Weight [o, n] and bias [o] with which inputs [1, n, h, w] make outputs [1, o, h, w], by least squares."""
    square = cross = 0
    for x, y in pairs:
        places = torch.randperm(y[0, 0].numel())[:PLACES]
        rows = x[0].flatten(1)[:, places].T.double()
        rows = torch.cat([rows, torch.ones(len(rows), 1)], 1)
        square, cross = square + rows.T @ rows, cross + rows.T @ y[0].flatten(1)[:, places].T.double()
    square = square + RIDGE * square.diagonal().mean() * torch.eye(len(square))
    solved = torch.linalg.solve(square, cross).T.float()
    return solved[:, :-1], solved[:, -1].contiguous()
