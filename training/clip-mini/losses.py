"""The three signals: labels, the teacher's soft names, and captions."""

import torch
import torch.nn.functional as F

BROAD = 0.35  # weight of every label after the first (specific) one


def label_loss(logits, positive, prior):
    """Every label of a picture is a positive against all labels that are not its own.

    `logits` [n, L]; `positive` [n, L] holds 1 for the first label, BROAD for the broader ones and
    0 elsewhere; `prior` is the log frequency of labels, added so that frequent names do not win
    by frequency alone (logit adjustment)."""
    logits = logits + prior
    rest = logits.masked_fill(positive > 0, -1e4).logsumexp(1, keepdim=True)
    each = F.softplus(rest - logits)
    weight = positive.sum(1).clamp(min=1e-6)
    per_picture = (each * positive).sum(1) / weight.sqrt()
    return per_picture.sum() / (weight > 1e-3).sum().clamp(min=1)


def teacher_loss(logits, soft, prior):
    """Cross-entropy to the teacher's soft ImageNet names, with its own log frequencies added."""
    return -(soft * (logits + prior).log_softmax(1)).sum(1).mean()


def caption_loss(image, text, keys, scale):
    """Symmetric contrast of pictures and captions; equal captions are no negatives."""
    logits = scale * image @ text.T
    same = (keys[:, None] == keys[None]) & ~torch.eye(len(keys), dtype=torch.bool)
    logits = logits.masked_fill(same, -1e4)
    target = torch.arange(len(keys))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
