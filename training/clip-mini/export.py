"""Stage 5: write the model folder: image.onnx, text.onnx, tokenizer.json, words.txt, and manifest.json last.

    python export.py --runs tuned=0.65 heads=0.35 --out ../../models/clip-mini

Large weights are stored as int8 with one scale an output row, and widened to float32 when the graph is loaded."""

import datetime
import hashlib
import json
import os
import re
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

import lexicon
import text
from common import EMBED, MEAN, REPO, SEES, STD, parser
from data import wordings
from tower import parts
from train import Model

PIECES = 10_500
"""Word pieces that are kept of MiniLM's 30,522."""
READS = 24
"""Pieces of a text, its two marks included."""
LICENCE = ("Apache-2.0 (begun with EfficientNet-Lite2 and all-MiniLM-L6-v2, both Apache-2.0; see NOTICE). Photos of several sources "
           "are for research only: see README.md")


class Picture(nn.Module):
    def __init__(self, front, model):
        super().__init__()
        self.front, self.tail, self.head = front, model.tail, model.head

    def forward(self, x):
        return self.head(self.tail(self.front(x)))


class Text(nn.Module):
    def __init__(self, sentence, head):
        super().__init__()
        self.sentence, self.head = sentence, head

    def forward(self, ids):
        # Padding after the longest text of a run costs nothing.
        longest = (ids != 0).sum(1).max()
        return self.head(self.sentence(ids[:, :longest]))


def kept_pieces(tokenizer, texts):
    """Ids of the pieces to keep, rising: marks, single letters, what training's texts use, then WordNet's words for things that
    are one piece, the most frequent first (MiniLM's ids rise as frequency falls)."""
    vocabulary = tokenizer.get_vocab()
    keep = {0, *(vocabulary[m] for m in ("[UNK]", "[CLS]", "[SEP]", "[MASK]"))}
    keep |= {i for p, i in vocabulary.items() if len(p.removeprefix("##")) == 1 and p.isascii()}
    for e in tokenizer.encode_batch(texts):
        keep.update(e.ids)
    things = sorted({vocabulary[w] for w in lexicon.words() if w in vocabulary} - keep)
    return sorted(keep | {*things[:max(0, PIECES - len(keep))]})


def smaller_tokenizer(tokenizer, keep):
    """The tokenizer's JSON with only the pieces of `keep`, renumbered in their order."""
    made = json.loads(tokenizer.to_str())
    number = {old: new for new, old in enumerate(keep)}
    made["model"]["vocab"] = {p: number[i] for p, i in sorted(made["model"]["vocab"].items(), key=lambda v: v[1]) if i in number}
    for t in made["added_tokens"]:
        t["id"] = number[t["id"]]
    special = made["post_processor"].get("special_tokens", {})
    for t in special.values():
        t["ids"] = [number[i] for i in t["ids"]]
    for mark in ("sep", "cls"):
        if mark in made["post_processor"]:
            made["post_processor"][mark][1] = number[made["post_processor"][mark][1]]
    made["truncation"] = made["padding"] = None
    return made


def to_onnx(module, example, names, path):
    axes = {names[0]: {0: "batch"}, names[1]: {0: "batch"}}
    torch.onnx.export(module.eval(), (example,), str(path), input_names=[names[0]], output_names=[names[1]],
                      dynamic_axes=axes, opset_version=17, dynamo=False)


def halves(init, _):
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


def delicate(init, node, readers):
    """Whether int8 costs too much: depthwise convolutions are few and narrow; what the first block of a stage gives reaches
    every later block of the stage by their skip connections, and so does its error."""
    convolution = len(init.dims) == 4
    return convolution and (init.dims[1] == 1 or readers[node.output[0]] > 1)


def pack(path, smallest=4096):
    """Store large weights as int8, delicate ones as float16."""
    model = onnx.load(str(path))
    graph, nodes = model.graph, []
    users = {name: n for n in reversed(graph.node) for name in n.input}
    readers = Counter(name for n in graph.node for name in n.input)
    for init in list(graph.initializer):
        if init.data_type != TensorProto.FLOAT or np.prod(init.dims) < smallest:
            continue
        store = halves if delicate(init, users[init.name], readers) else eighths
        stored, widening = store(init, users[init.name])
        graph.initializer.remove(init)
        graph.initializer.extend(stored)
        nodes += widening
    for node in reversed(nodes):
        graph.node.insert(0, node)
    del graph.value_info[:]
    graph.doc_string, model.producer_name = "", "clip-mini"
    for node in graph.node:
        node.doc_string = ""
    model.ir_version = min(model.ir_version, 9)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def manifest(folder, scale, confidence):
    files = {}
    for name in ("image.onnx", "text.onnx", "tokenizer.json", "words.txt"):
        data = (folder / name).read_bytes()
        files[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return {
        "id": "clip-mini", "title": "CLIP mini", "kind": "clip", "version": datetime.date.today().isoformat(),
        "source": "training/clip-mini in this repository", "licence": LICENCE, "card": "README.md", "files": files,
        "image": {"file": "image.onnx", "input": "pixel_values", "output": "image_embeds", "size": SEES, "mean": list(MEAN),
                  "std": list(STD), "interpolation": "bicubic", "crop": "center", "quantisation": "int8"},
        "text": {"file": "text.onnx", "input": "input_ids", "output": "text_embeds", "contextLength": READS,
                 "tokenizer": "tokenizer.json", "padId": 0, "quantisation": "int8", "together": 16},
        "embedding": EMBED, "logitScale": round(scale, 4), "minCosine": 0.1, "vocabulary": "words.txt",
        **({"confidence": confidence} if confidence else {}),
    }


def main():
    p = parser(__doc__)
    p.add_argument("--runs", nargs="+", default=["tuned=0.65", "heads=0.35"], metavar="RUN=SHARE",
                   help="the weighted mean of these runs' weights is exported (Wortsman et al., 2022)")
    p.add_argument("--confidence", type=Path, help="JSON that `npm run evaluate -- --confidence` fitted, for the manifest")
    p.add_argument("--out", type=Path, default=REPO / "models" / "clip-mini")
    args = p.parse_args()
    model = Model()
    shares = {run: float(share) for run, share in (r.split("=") for r in args.runs)}
    states = {run: torch.load(args.work / run / "ema.pt") for run in shares}
    state = {k: sum(share * states[run][k] for run, share in shares.items()) for k in next(iter(states.values()))}
    model.load_state_dict(state)
    model.eval()
    names = torch.load(args.work / "names.pt")["list"]
    captions = sorted({c for line in open(args.work / "photos.jsonl") for c in json.loads(line).get("captions", [])})
    _, whole = text.pretrained()
    keep = kept_pieces(whole, [w for n in names for w in wordings(n)] + captions)
    sentence, _ = text.pretrained(keep)
    sentence.places = nn.Embedding.from_pretrained(sentence.places.weight[:READS].detach())
    tokenizer = smaller_tokenizer(whole, keep)
    words = sorted(p for p in tokenizer["model"]["vocab"] if re.fullmatch(r"[a-z]{2,}", p))
    words = sorted({*words, *(w for n in names for w in re.findall(r"[a-z]+", n))})
    front, _, _ = parts()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.work) as temporary:
        tmp = Path(temporary)
        to_onnx(Picture(front, model), torch.zeros(2, 3, SEES, SEES), ("pixel_values", "image_embeds"), tmp / "image.onnx")
        to_onnx(Text(sentence, model.text), torch.ones(2, READS, dtype=torch.int64), ("input_ids", "text_embeds"), tmp / "text.onnx")
        for name in ("image.onnx", "text.onnx"):
            pack(tmp / name)
        (tmp / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False))
        (tmp / "words.txt").write_text("\n".join(words) + "\n")
        draft = manifest(tmp, model.scale().item(), args.confidence and json.loads(args.confidence.read_text()))
        for name in draft["files"]:
            os.replace(tmp / name, args.out / name)
    (args.out / "manifest.json").write_text(json.dumps(draft, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps({k: draft[k] for k in ("logitScale", "files")}, indent=1))
    print(f"total {sum(f['bytes'] for f in draft['files'].values()) / 1e6:.2f} MB, {len(keep)} pieces, {len(words)} words")


if __name__ == "__main__":
    main()
