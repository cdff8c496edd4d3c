"""Quick look at the averaged weights on the validation photos (PyTorch; evaluate.py judges the
exported graphs)."""

import json

import numpy as np
import torch
import torch.nn.functional as F

import augment
from common import IMAGE_SIZE, LARGE
from model import Clip
from tokenizer import encode

MINIMUM = 20  # names with at least so many training photos take part
_cache = {}


def _load(args, device):
    """Validation pixels and rows, once."""
    if not _cache:
        _cache["rows"] = json.loads((args.work / "rows-val.json").read_text())
        _cache["pixels"] = torch.from_numpy(np.load(args.work / f"val-{LARGE}.npy")).to(device)
    return _cache["rows"], _cache["pixels"]


@torch.no_grad()
def validate(state, data, args):
    """Top-1 and top-5 of the first label among all frequent first labels, and caption recall."""
    rows, pixels = _load(args, data.device)
    model = Clip(data.tok.get_vocab_size())
    model.load_state_dict(state)
    model.eval().to(data.device, memory_format=torch.channels_last)
    shape = torch.tensor([[r["width"], r["height"]] for r in rows]).float()
    with torch.autocast(data.device.type, dtype=torch.bfloat16):
        image = torch.cat([model.image(augment.plain(pixels[i:i + 256], shape[i:i + 256], IMAGE_SIZE))
                           for i in range(0, len(rows), 256)]).float()
    image = F.normalize(image, dim=1)
    first = {}
    for p in data.positive:
        if p:
            first[p[0]] = first.get(p[0], 0) + 1
    names = [n for n, i in data.names.labels.items() if first.get(i, 0) >= MINIMUM]
    text = model.text(torch.tensor(encode(data.tok, [f"a photo of a {n}" for n in names])))
    order = (image @ F.normalize(text, dim=1).T).argsort(1, descending=True)[:, :5].tolist()
    ranks = [[names[j] for j in o] for o in order]
    known = [i for i, r in enumerate(rows) if r["labels"] and r["labels"][0] in set(names)]
    top1 = sum(ranks[i][0] in rows[i]["labels"][:1] for i in known)
    top5 = sum(rows[i]["labels"][0] in ranks[i] for i in known)
    spoken = [i for i, r in enumerate(rows) if r["source"] == "flickr8k" and r["captions"]]
    text = model.text(torch.tensor(encode(data.tok, [rows[i]["captions"][0] for i in spoken])))
    found = (image[spoken] @ F.normalize(text, dim=1).T).argsort(1, descending=True)[:, :5]
    hits = sum(i in f for i, f in enumerate(found.tolist()))
    return {"top1": round(100 * top1 / len(known), 1), "top5": round(100 * top5 / len(known), 1),
            "caption_top5": round(100 * hits / max(1, len(spoken)), 1)}
