"""Quick look at the averaged weights on the validation photos (PyTorch; evaluate.py judges the
exported graphs)."""

import io
import json

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from common import IMAGE_SIZE, MEAN, STD, Photos
from model import Clip
from runtime import preprocess
from tokenizer import encode

MINIMUM = 20  # names with at least so many training photos take part
_cache = {}


def _load(args):
    """Validation rows and their pixels as the product prepares them, once."""
    if not _cache:
        rows = json.loads((args.work / "rows-val.json").read_text())
        photos = Photos(args.data, rows)
        pixels = [preprocess(Image.open(io.BytesIO(photos.encoded(r))), IMAGE_SIZE, MEAN, STD) for r in rows]
        _cache.update(rows=rows, pixels=torch.from_numpy(np.stack(pixels)))
    return _cache["rows"], _cache["pixels"]


@torch.no_grad()
def validate(state, data, args):
    """Top-1 and top-5 of the first label among all frequent first labels, and caption recall."""
    rows, pixels = _load(args)
    model = Clip(data.tok.get_vocab_size())
    model.load_state_dict(state)
    model.eval().to(data.device, memory_format=torch.channels_last)
    with torch.autocast(data.device.type, dtype=torch.bfloat16):
        image = torch.cat([model.image(pixels[i:i + 256].to(data.device, memory_format=torch.channels_last))
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
