"""Stage 2: soft ImageNet labels of every training photo from a MobileNetV2 classifier, once.

    python teacher.py --teacher mobilenetv2-12-int8.onnx

Only its output probabilities are used (as labels); none of its weights end in our model. Photos
of 32 pixels are skipped: it cannot see them. Writes teacher.npz: row numbers and fp16 logits.
"""

import io
import json
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
from PIL import Image

from common import Photos, parser

SIDE = 224
SKIP = {"cifar100", "cifar10", "natural"}
BATCH = 64


def session(path):
    """The teacher as an onnxruntime session."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 2
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def prepare(encoded):
    """Shorter side to 224, centre crop, ImageNet normalisation, NCHW."""
    image = Image.open(io.BytesIO(encoded)).convert("RGB")
    scale = SIDE / min(image.size)
    image = image.resize([max(SIDE, round(n * scale)) for n in image.size], Image.BILINEAR)
    left, top = (image.width - SIDE) // 2, (image.height - SIDE) // 2
    pixels = np.asarray(image.crop((left, top, left + SIDE, top + SIDE)), np.float32) / 255
    return ((pixels - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)).transpose(2, 0, 1)


def main():
    """Label all photos large enough."""
    p = parser(__doc__)
    p.add_argument("--teacher", type=Path, required=True, help="ONNX classifier over ImageNet-1k")
    args = p.parse_args()
    rows = json.loads((args.work / "rows-train.json").read_text())
    photos = Photos(args.data, rows)
    wanted = [i for i, r in enumerate(rows) if r["source"] not in SKIP]
    logits = np.empty((len(wanted), 1000), np.float16)
    net, start = session(args.teacher), time.time()
    name = net.get_inputs()[0].name
    for at in range(0, len(wanted), BATCH):
        batch = np.stack([prepare(photos.encoded(rows[i])) for i in wanted[at:at + BATCH]])
        logits[at:at + BATCH] = net.run(None, {name: batch.astype(np.float32)})[0]
        if at % (BATCH * 100) == 0:
            print(f"{at}/{len(wanted)}  {time.time() - start:.0f} s", flush=True)
    np.savez(args.work / "teacher.npz", rows=np.array(wanted), logits=logits)


if __name__ == "__main__":
    main()
