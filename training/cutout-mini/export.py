"""Stage 3: turn encoder and averaged weights into an ONNX graph, and write the model folder.

    python export.py --teacher u2netp.onnx --out ../../models/cutout-mini

Writes model.onnx, and manifest.json last. Weights are stored as float16 and widened to float32 when the graph is
loaded: half the size at the speed and the arithmetic of float32.
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

from common import MEAN, REPO, STD, STORED, parser, write_json
from network import Cutout, Fine, Teacher

OPSET = 18
LICENCE = "Apache-2.0, see NOTICE"


def to_onnx(net, path):
    """Export with a batch of one, as it is used."""
    torch.onnx.export(net.eval(), (torch.zeros(1, 3, STORED, STORED),), str(path), input_names=["pixels"],
                      output_names=["matte"], opset_version=OPSET, dynamo=True, external_data=False, optimize=True)


def pack(path, smallest=1024):
    """Store large float32 weights as float16 (a Cast of a constant is folded when the graph is loaded)."""
    model = onnx.load(str(path))
    graph, nodes = model.graph, []
    for init in list(graph.initializer):
        if init.data_type != TensorProto.FLOAT or np.prod(init.dims) < smallest:
            continue
        small = numpy_helper.to_array(init).astype(np.float16)
        graph.initializer.remove(init)
        graph.initializer.append(numpy_helper.from_array(small, init.name + ".h"))
        nodes.append(helper.make_node("Cast", [init.name + ".h"], [init.name], to=TensorProto.FLOAT))
    for node in reversed(nodes):
        graph.node.insert(0, node)
    clean(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def clean(model):
    """Leave out what the exporter notes about itself and its source files."""
    del model.graph.value_info[:]
    model.graph.doc_string, model.producer_name = "", "cutout-mini"
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    model.ir_version = min(model.ir_version, 9)


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
    p.add_argument("--teacher", type=Path, required=True)
    p.add_argument("--out", type=Path, default=REPO / "models" / "cutout-mini")
    p.add_argument("--run", default="main")
    p.add_argument("--float32", action="store_true", help="keep float32 weights (to compare)")
    args = p.parse_args()
    fine = Fine()
    fine.load_state_dict(torch.load(args.work / args.run / "ema.pt"))
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.work) as folder:
        path = Path(folder) / "model.onnx"
        to_onnx(Cutout(Teacher(args.teacher).encoder, fine), path)
        if not args.float32:
            pack(path)
        data = path.read_bytes()
        os.replace(path, args.out / "model.onnx")
    write_json(args.out / "manifest.json", manifest(data, "fp32" if args.float32 else "fp16"))
    print(f"{len(data) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
