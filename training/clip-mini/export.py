"""Stage 5: turn the averaged weights into two ONNX graphs, and write the model folder.

    python export.py --out ../../models/clip-mini

Writes image.onnx, text.onnx, tokenizer.json, words.txt, and manifest.json last. The picture tower's weights are
stored as float16 (as int8 they cost half a point), the text tower's as int8 with one scale per output row; both
are widened to float32 when the graph is loaded: a fraction of the size at the speed of float32.
"""

import datetime
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from common import CONTEXT, EMBED, IMAGE_SIZE, MEAN, REPO, STD, parser, write_json
from model import Clip
from threshold import best_cosine_threshold

OPSET = 18
SECOND_LOOK = 80  # pixels
LICENCE = ("Weights: MIT, by this project. Trained on photos several sets of which are for "
           "non-commercial research only: see README.md")


class Unit(nn.Module):
    """A tower whose output is L2-normalised."""

    def __init__(self, tower):
        super().__init__()
        self.tower = tower

    def forward(self, x):
        return F.normalize(self.tower(x), dim=1)


class TwoLooks(nn.Module):
    """A picture tower that looks twice: at the picture, and at its mirror image a quarter larger. The mean
    of both is worth two to three points in validation (compare.py), for two and a half times the time."""

    def __init__(self, tower):
        super().__init__()
        self.tower = tower
        # Bicubic enlargement as a matrix a side: onnxruntime's own takes as long as half a look.
        lines = torch.eye(IMAGE_SIZE)[None, :, :, None]
        larger = F.interpolate(lines, size=(SECOND_LOOK, 1), mode="bicubic", align_corners=False)
        self.register_buffer("enlarge", larger[0, :, :, 0].T.contiguous())

    def forward(self, x):
        larger = self.enlarge @ x.flip(3) @ self.enlarge.T
        return F.normalize(self.tower(x), dim=1) + F.normalize(self.tower(larger), dim=1)


def averaged(run, mix):
    """The averaged weights of a run; with `mix` below 1 moved back towards those that it began with. A short run
    gains on some kinds of photo and loses on others: some way back keeps more of both (Wortsman et al., 2022)."""
    state = torch.load(run / "ema.pt")
    if mix == 1:
        return state
    start = torch.load(run / "start.pt")
    return {k: start[k].lerp(v, mix) if v.is_floating_point() else v for k, v in state.items()}


def fuse(tower):
    """Fold batch norms into the convolutions before them."""
    tower.stem = nn.Sequential(fuse_conv_bn_eval(tower.stem[0], tower.stem[1]), nn.ReLU())
    for b in tower.blocks:
        b.conv1, b.norm1 = fuse_conv_bn_eval(b.conv1, b.norm1), nn.Identity()
        b.conv2, b.norm2 = fuse_conv_bn_eval(b.conv2, b.norm2), nn.Identity()
        if b.short is not None:
            b.short = fuse_conv_bn_eval(b.short[0], b.short[1])
    return tower


def to_onnx(tower, example, names, path):
    """Export one tower with a dynamic batch."""
    batch = torch.export.Dim("batch", min=1, max=4096)
    torch.onnx.export(Unit(tower).eval(), (example,), str(path), input_names=[names[0]],
                      output_names=[names[1]], opset_version=OPSET, dynamo=True,
                      dynamic_shapes=({0: batch},), external_data=False, optimize=True)


def halves(init, _):
    """A weight as float16, and what widens it."""
    small = numpy_helper.to_array(init).astype(np.float16)
    return [numpy_helper.from_array(small, init.name + ".h")], [
        helper.make_node("Cast", [init.name + ".h"], [init.name], to=TensorProto.FLOAT)]


def eighths(init, node):
    """A weight as int8 rows times a float scale, and what widens it."""
    w, name = numpy_helper.to_array(init), init.name
    transposed = node.op_type in ("MatMul", "Gemm") and not any(a.name == "transB" and a.i for a in node.attribute)
    axes = (0,) if transposed else tuple(range(1, w.ndim))
    scale = np.maximum(np.abs(w).max(axis=axes, keepdims=True), 1e-8) / 127
    small = np.clip(np.rint(w / scale), -127, 127).astype(np.int8)
    return [numpy_helper.from_array(small, name + ".q"), numpy_helper.from_array(scale.astype(np.float32), name + ".s")], [
        helper.make_node("Cast", [name + ".q"], [name + ".f"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [name + ".f", name + ".s"], [name])]


def pack(path, store, smallest=4096):
    """Store large float weights smaller, as `store` does (what widens them is folded when the graph is loaded)."""
    model = onnx.load(str(path))
    graph, nodes = model.graph, []
    users = {name: n for n in reversed(graph.node) for name in n.input}
    for init in list(graph.initializer):
        if init.data_type != TensorProto.FLOAT or np.prod(init.dims) < smallest:
            continue
        stored, widening = store(init, users[init.name])
        graph.initializer.remove(init)
        graph.initializer.extend(stored)
        nodes += widening
    for node in reversed(nodes):
        graph.node.insert(0, node)
    del graph.value_info[:]
    graph.doc_string, model.producer_name = "", "clip-mini"
    for node in graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    model.ir_version = min(model.ir_version, 9)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def manifest(folder, scale, least, float32):
    """The model folder's description, with sizes and hashes of its files."""
    files = {}
    for name in ("image.onnx", "text.onnx", "tokenizer.json", "words.txt"):
        data = (folder / name).read_bytes()
        files[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return {
        "id": "clip-mini", "title": "CLIP mini", "kind": "clip",
        "version": datetime.date.today().isoformat(),
        "source": "training/clip-mini in this repository", "licence": LICENCE, "card": "README.md",
        "files": files,
        "image": {"file": "image.onnx", "input": "pixel_values", "output": "image_embeds",
                  "size": IMAGE_SIZE, "mean": list(MEAN), "std": list(STD),
                  "interpolation": "bicubic", "crop": "center", "quantisation": "fp32" if float32 else "fp16"},
        "text": {"file": "text.onnx", "input": "input_ids", "output": "text_embeds",
                 "contextLength": CONTEXT, "tokenizer": "tokenizer.json", "padId": 0,
                 "quantisation": "fp32" if float32 else "int8"},
        "embedding": EMBED, "logitScale": round(scale, 4), "minCosine": round(least, 3),
        "vocabulary": "words.txt",
    }


def main():
    """Export into a temporary folder, then move the files, the manifest last."""
    p = parser(__doc__)
    p.add_argument("--out", type=Path, default=REPO / "models" / "clip-mini")
    p.add_argument("--run", default="main")
    p.add_argument("--mix", type=float, default=1, help="share of the run's own weights, the rest is its --start")
    p.add_argument("--once", action="store_true", help="without the second look (to compare)")
    p.add_argument("--float32", action="store_true", help="keep float32 weights (to compare)")
    args = p.parse_args()
    model = Clip(Tokenizer.from_file(str(args.work / "tokenizer.json")).get_vocab_size())
    model.load_state_dict(averaged(args.work / args.run, args.mix))
    model.eval()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.work) as temporary:
        tmp = Path(temporary)
        tower = fuse(model.image)
        to_onnx(tower if args.once else TwoLooks(tower), torch.zeros(2, 3, IMAGE_SIZE, IMAGE_SIZE),
                ("pixel_values", "image_embeds"), tmp / "image.onnx")
        to_onnx(model.text, torch.ones(2, CONTEXT, dtype=torch.int64),
                ("input_ids", "text_embeds"), tmp / "text.onnx")
        if not args.float32:
            pack(tmp / "image.onnx", halves)
            pack(tmp / "text.onnx", eighths)
        for name in ("tokenizer.json", "words.txt"):
            shutil.copyfile(args.work / name, tmp / name)
        scale = model.scale().item()
        draft = manifest(tmp, scale, 0.0, args.float32)
        draft["minCosine"] = round(best_cosine_threshold(tmp, draft, args), 3)
        for name in draft["files"]:
            os.replace(tmp / name, args.out / name)
    write_json(args.out / "manifest.json", draft)
    total = sum(f["bytes"] for f in draft["files"].values())
    print(json.dumps({k: draft[k] for k in ("logitScale", "minCosine", "files")}, indent=1))
    print(f"total {total / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
