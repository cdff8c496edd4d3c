"""Stage 4: turn the averaged weights into an ONNX graph, and write the model folder.

    python export.py --out ../../models/cutout-mini

Writes model.onnx, and manifest.json last. Convolution weights are stored as int8 with one scale per output
channel and widened to float32 when the graph is loaded: a quarter of the size at the speed of float32.
"""

import datetime
import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from common import MEAN, REPO, STD, STORED, parser, write_json
from model import Cutout, Matte

OPSET = 18
LICENCE = ("Apache-2.0, see NOTICE. Trained on photos several sets of which are for "
           "non-commercial research only: see README.md")


def fuse(net):
    """Fold the decoder's batch norms into the convolutions before them."""
    for part in net.modules():
        if isinstance(part, nn.Sequential) and len(part) > 1 and isinstance(part[1], nn.BatchNorm2d):
            part[0], part[1] = fuse_conv_bn_eval(part[0], part[1]), nn.Identity()
    return net


def to_onnx(net, path, twice):
    """Export with a batch of one, as it is used."""
    example = torch.zeros(1, 3, STORED, STORED)
    torch.onnx.export(Matte(net, twice).eval(), (example,), str(path), input_names=["pixels"],
                      output_names=["matte"], opset_version=OPSET, dynamo=True,
                      external_data=False, optimize=True)


def pack(path, smallest=1024):
    """Store large float weights as int8 times a float scale (Cast and Mul are folded when the graph
    is loaded)."""
    model = onnx.load(str(path))
    graph, nodes = model.graph, []
    for init in list(graph.initializer):
        if init.data_type != TensorProto.FLOAT or np.prod(init.dims) < smallest:
            continue
        w = numpy_helper.to_array(init)
        scale = np.maximum(np.abs(w).max(axis=tuple(range(1, w.ndim)), keepdims=True), 1e-8) / 127
        small = np.clip(np.rint(w / scale), -127, 127).astype(np.int8)
        name = init.name
        graph.initializer.remove(init)
        graph.initializer.append(numpy_helper.from_array(small, name + ".q"))
        graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), name + ".s"))
        nodes.append(helper.make_node("Cast", [name + ".q"], [name + ".f"], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Mul", [name + ".f", name + ".s"], [name]))
    for node in reversed(nodes):
        graph.node.insert(0, node)
    del graph.value_info[:]
    graph.doc_string, model.producer_name = "", "cutout-mini"
    for node in graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    model.ir_version = min(model.ir_version, 9)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def manifest(data, quantisation):
    """The model folder's description, with size and hash of its file."""
    return {
        "id": "cutout-mini", "title": "Cutout mini", "kind": "cutout",
        "version": datetime.date.today().isoformat(),
        "source": "training/cutout-mini in this repository", "licence": LICENCE, "card": "README.md",
        "files": {"model.onnx": {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}},
        "image": {"file": "model.onnx", "input": "pixels", "output": "matte", "size": STORED,
                  "mean": list(MEAN), "std": list(STD), "interpolation": "lanczos", "fit": "fill",
                  "quantisation": quantisation},
    }


def main():
    """Export into a temporary folder, then move the graph, and write the manifest last."""
    p = parser(__doc__)
    p.add_argument("--out", type=Path, default=REPO / "models" / "cutout-mini")
    p.add_argument("--run", default="main")
    p.add_argument("--once", action="store_true", help="without the second look (to compare)")
    p.add_argument("--float32", action="store_true", help="keep float32 weights (to compare)")
    args = p.parse_args()
    net = Cutout().eval()
    net.load_state_dict(torch.load(args.work / args.run / "ema.pt"))
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.work) as folder:
        path = Path(folder) / "model.onnx"
        to_onnx(fuse(net), path, not args.once)
        if not args.float32:
            pack(path)
        data = path.read_bytes()
        os.replace(path, args.out / "model.onnx")
    write_json(args.out / "manifest.json", manifest(data, "fp32" if args.float32 else "int8"))
    print(f"{len(data) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
