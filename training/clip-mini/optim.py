"""Muon for convolutions (orthogonalised momentum), and an exponential average of the weights."""

import torch


def orthogonalise(g, steps=5):
    """Nearest semi-orthogonal matrix by the quintic Newton-Schulz iteration."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.bfloat16()
    turned = x.shape[0] > x.shape[1]
    x = x.T if turned else x
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        s = x @ x.T
        x = a * x + (b * s + c * s @ s) @ x
    return (x.T if turned else x).to(g.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum whose update of every weight matrix is made orthogonal (Jordan et al., 2024)."""

    def __init__(self, params, lr=0.02, momentum=0.9, weight_decay=0.05):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["buffer"] = torch.zeros_like(p)
                buffer = state["buffer"].mul_(group["momentum"]).add_(p.grad)
                flat = p.grad.add(buffer, alpha=group["momentum"]).reshape(len(p), -1)
                update = orthogonalise(flat) * max(1, flat.shape[0] / flat.shape[1]) ** 0.5
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(update.view_as(p), alpha=-group["lr"])


def optimisers(model, muon=True, lr=2e-3, muon_lr=0.02, decay=0.05):
    """Muon for the tower's inner convolutions, AdamW for everything else."""
    convs, plain, bare = [], [], []
    for name, p in model.named_parameters():
        if muon and p.ndim == 4 and "stem" not in name:
            convs.append(p)
        elif p.ndim >= 2 and "places" not in name:
            plain.append(p)
        else:
            bare.append(p)
    groups = [{"params": plain, "weight_decay": decay}, {"params": bare, "weight_decay": 0.0}]
    result = [torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.98))]
    if convs:
        result.append(Muon(convs, lr=muon_lr))
    for o in result:
        for g in o.param_groups:
            g["peak"] = g["lr"]
    return result


class Average:
    """Exponential moving average of all weights and batch-norm statistics."""

    def __init__(self, model, decay=0.998):
        self.decay, self.steps = decay, 0
        self.state = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model):
        """Blend in the current weights (faster while young)."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for k, v in model.state_dict().items():
            if v.is_floating_point():
                self.state[k].lerp_(v, 1 - decay)
            else:
                self.state[k].copy_(v)
