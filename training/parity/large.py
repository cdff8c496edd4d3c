"""Makes a CLIP ViT-B/32 with random weights, in the true shapes, as a model folder with its reference answers.

    python large.py --bpe FOLDER_WITH_CLIPS_TOKENIZER --out FOLDER [--int8]

About 600 MB; with --int8 another folder beside it with dynamically quantised graphs (155 MB), for speed only.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from transformers import CLIPConfig, CLIPTokenizer

from common import build, export, write_manifest
from reference import answers

SIZE, CONTEXT, WIDTH = 224, 77, 512
PICTURES = [(300, 200), (224, 224), (97, 411), (640, 480)]
TEXTS = ["a photo of a cat", "a photo of a dog", "", "naïve café, 42 emoji 😀!", "it's the dog's", "dog " * 100]
FILES = ["image.onnx", "text.onnx", "tokenizer.json"]


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bpe", type=Path, required=True, help="folder with CLIP's tokenizer.json, vocab.json, merges.txt")
    p.add_argument("--out", type=Path, required=True, help="folder of models to write to")
    p.add_argument("--int8", action="store_true")
    args = p.parse_args()
    folder = args.out / "random-vit-b-32"
    clip = build(CLIPConfig(attn_implementation="eager", text_config={"eos_token_id": 49407, "bos_token_id": 49406,
                                                                      "pad_token_id": 49407}), spread=2)
    export(clip, folder, CONTEXT, SIZE, free_length=True)
    shutil.copy(args.bpe / "tokenizer.json", folder)
    text = {"contextLength": CONTEXT, "padId": 49407, "variableLength": True, "together": 16}
    write_manifest(folder, "ViT-B/32 with random weights", text, SIZE, WIDTH, FILES)
    ids = CLIPTokenizer.from_pretrained(args.bpe)(TEXTS, padding="max_length", truncation=True, max_length=CONTEXT,
                                                  return_tensors="pt")["input_ids"]
    reference = {"texts": TEXTS, **answers(clip, SIZE, ids, PICTURES)}
    (folder / "reference.json").write_text(json.dumps(reference) + "\n")
    if args.int8:
        quantise(folder, args.out / "random-vit-b-32-int8", text)


def quantise(folder: Path, to: Path, text: dict) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    to.mkdir(parents=True, exist_ok=True)
    for name in ("image.onnx", "text.onnx"):
        quantize_dynamic(folder / name, to / name, weight_type=QuantType.QInt8)
    shutil.copy(folder / "tokenizer.json", to)
    write_manifest(to, "ViT-B/32 with random weights, 8 bit", text, SIZE, WIDTH, FILES)


if __name__ == "__main__":
    main()
