"""u2netp, or any ONNX graph of the same few node types, run by PyTorch in bfloat16.

onnxruntime has no fast path for this graph on processors with AMX: this is two to three times
faster. Only the teacher's answers are used; none of its weights end in our model.
"""

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SHAPES = {"Shape", "Gather", "Unsqueeze", "Slice"}


class Teacher:
    """The graph as a list of steps over tensors."""

    def __init__(self, path, dtype=torch.bfloat16):
        graph = onnx.load(str(path)).graph
        self.dtype, self.input, self.output = dtype, graph.input[0].name, graph.output[0].name
        self.constants, self.steps = {}, []
        for i in graph.initializer:
            w = torch.from_numpy(numpy_helper.to_array(i).astype(np.float32)).to(dtype)
            self.constants[i.name] = w.to(memory_format=torch.channels_last) if w.ndim == 4 else w
        for n in graph.node:
            given = {a.name: onnx.helper.get_attribute_value(a) for a in n.attribute}
            if n.op_type == "Constant":
                value = np.array(numpy_helper.to_array(given["value"]))
                self.constants[n.output[0]] = torch.from_numpy(value)
            else:
                self.steps.append((n.op_type, list(n.input), n.output[0], given))

    @torch.no_grad()
    def __call__(self, x):
        """float32 [n, 3, side, side], normalised -> probabilities [n, 1, side, side]."""
        values = dict(self.constants)
        values[self.input] = x.to(self.dtype).contiguous(memory_format=torch.channels_last)
        for kind, names, output, given in self.steps:
            values[output] = step(kind, [values[n] for n in names if n], given)
        return values[self.output].float()


def step(kind, v, given):
    """One node."""
    if kind == "Conv":
        return F.conv2d(v[0], v[1], v[2], given["strides"], given["pads"][:2], given["dilations"])
    if kind == "MaxPool":
        return F.max_pool2d(v[0], given["kernel_shape"], given["strides"],
                            ceil_mode=bool(given.get("ceil_mode", 0)))
    if kind == "Resize":
        return F.interpolate(v[0], size=tuple(v[-1][2:].tolist()), mode="bilinear")
    if kind in SHAPES:
        return shape_step(kind, v)
    simple = {"Relu": lambda: F.relu_(v[0]), "Add": lambda: v[0] + v[1],
              "Sigmoid": lambda: torch.sigmoid(v[0]), "Cast": lambda: v[0],
              "Concat": lambda: torch.cat(v, given["axis"])}
    return simple[kind]()


def shape_step(kind, v):
    """One node of the arithmetic on sizes that exporters write."""
    if kind == "Shape":
        return torch.tensor(v[0].shape)
    if kind == "Gather":
        return v[0][v[1]]
    if kind == "Unsqueeze":
        return v[0].reshape(1)
    return v[0][int(v[1]):int(v[2])]


def prepare(photo):
    """A squashed photo [s, s, 3] uint8 -> [3, s, s], scaled by its brightest value (as the teacher's authors do)."""
    x = torch.from_numpy(np.array(photo)).permute(2, 0, 1).float()
    x = x / x.max().clamp(min=1)
    return (x - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
