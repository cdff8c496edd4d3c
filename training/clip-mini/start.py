"""Begin a training with an exported model in place of random weights.

An export has its batch norms folded into the convolutions before them. Here they are taken apart again: every
convolution gets rows of one length (their size means nothing before a batch norm, but says how far a step of
the optimiser turns them), and every batch norm the statistics that photos give, so that the network
answers as the export does and trains as if it had never been folded.
"""

import json
import shutil

import numpy as np
import onnx
import torch
from onnx import numpy_helper

import augment
from common import IMAGE_SIZE, LARGE

ROW = 0.5  # length of a convolution's row: about what Muon's decay at its peak rate keeps
BATCHES = 8  # of 512 photos, for the statistics
TRANSPOSED = {(192, 576): "qkv", (192, 192): "out", (192, 384): "up", (384, 192): "down", (192, 4): "weigh"}


def constants(path):
    """Initializers of a graph by name, those stored smaller widened."""
    own = {i.name: numpy_helper.to_array(i) for i in onnx.load(str(path)).graph.initializer}
    wide = {n[:-2]: v.astype(np.float32) * own[n[:-2] + ".s"] for n, v in own.items() if n.endswith(".q")}
    wide |= {n[:-2]: v.astype(np.float32) for n, v in own.items() if n.endswith(".h")}
    whole = {n: v for n, v in own.items() if v.dtype == np.float32 and not n.endswith(".s")}
    return {n: torch.from_numpy(np.array(v)) for n, v in (whole | wide).items()}


def text_state(path):
    """State of the text tower. The exporter names weights that it transposed by number: their shapes tell."""
    state = {}
    for name, value in constants(path).items():
        if name.startswith("tower."):
            state[name.removeprefix("tower.")] = value
        elif name == "slice_1":
            state["places"] = value
        elif tuple(value.shape) in TRANSPOSED:
            state[TRANSPOSED[tuple(value.shape)] + ".weight"] = value.T.contiguous()
    return state


def pairs(tower):
    """(name, convolution, batch norm) of the picture tower, as `export.fuse` folds them."""
    yield "stem.0", tower.stem[0], tower.stem[1]
    for i, b in enumerate(tower.blocks):
        yield f"blocks.{i}.conv1", b.conv1, b.norm1
        yield f"blocks.{i}.conv2", b.conv2, b.norm2
        if b.short is not None:
            yield f"blocks.{i}.short", b.short[0], b.short[1]


@torch.no_grad()
def unfold(tower, folded):
    """Convolutions with rows of one length, and batch norms that undo it and add the folded bias."""
    for name, conv, norm in pairs(tower):
        weight, bias = folded[name + ".weight"], folded[name + ".bias"]
        length = weight.flatten(1).norm(dim=1).clamp(min=1e-6) / ROW
        conv.weight.copy_(weight / length[:, None, None, None])
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.weight.copy_(length)
        norm.bias.copy_(bias)
    tower.head.weight.copy_(folded["head.weight"])
    tower.head.bias.copy_(folded["head.bias"])


@torch.no_grad()
def settle(tower, data, size):
    """Give the batch norms the statistics of augmented photos without changing what they answer."""
    sums = {}

    def watch(norm):
        def hook(conv, _, y):
            y = y.float()
            count, first, second = sums.get(norm, (0, 0, 0))
            n = y.numel() / y.shape[1]
            sums[norm] = (count + n, first + y.sum((0, 2, 3)), second + (y * y).sum((0, 2, 3)))
        return hook

    hooks = [conv.register_forward_hook(watch(norm)) for _, conv, norm in pairs(tower)]
    tower.eval()
    for _ in range(BATCHES):
        picks = torch.multinomial(data.weight, 512, replacement=True)
        tower(augment.batch(data.pixels[LARGE][picks], data.shape[picks], data.tight[picks], size))
    for hook in hooks:
        hook.remove()
    for norm, (count, first, second) in sums.items():
        mean = first / count
        var = (second / count - mean * mean).clamp(min=1e-6)
        norm.bias.add_(mean * norm.weight)
        norm.weight.mul_((var + norm.eps).sqrt())
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(var)
    tower.train()


def take_words(folder, work):
    """Use the export's own tokenizer: its embeddings mean nothing with another."""
    for name in ("tokenizer.json", "words.txt"):
        shutil.copyfile(folder / name, work / name)


def start_from(model, folder, data):
    """Fill `model` (a `Clip`) with the export in `folder`."""
    manifest = json.loads((folder / "manifest.json").read_text())
    model.text.load_state_dict(text_state(folder / manifest["text"]["file"]))
    folded = {n.removeprefix("tower.tower."): v for n, v in constants(folder / manifest["image"]["file"]).items()}
    unfold(model.image, folded)
    settle(model.image, data, IMAGE_SIZE)
    with torch.no_grad():
        model.log_scale.fill_(float(np.log(manifest["logitScale"])))
