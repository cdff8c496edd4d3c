"""Makes src/clip/fixtures/parity: a CLIP of `transformers` with random weights, small enough to commit, and its answers.

    pip install -r requirements.txt && python tiny.py
"""

import json
import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import CLIPConfig, CLIPTextConfig, CLIPVisionConfig

from common import build, export, write_manifest
from reference import answers

FIXTURES = Path(__file__).parents[2] / "src" / "clip" / "fixtures"
SIZE, CONTEXT, WIDTH = 32, 12, 24
TEXTS = ["red", "a photo of the green cherry", "", "white yellow purple blue", "berries of a photo", "no such words",
         "red green blue yellow white purple cherry berries photo of a the red green"]


def main() -> None:
    torch.set_num_threads(1)
    folder = FIXTURES / "parity" / "random-clip"
    config = CLIPConfig(
        text_config=CLIPTextConfig(vocab_size=16, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                                   num_attention_heads=4, max_position_embeddings=CONTEXT, projection_dim=WIDTH,
                                   bos_token_id=2, eos_token_id=3, pad_token_id=0).to_dict(),
        vision_config=CLIPVisionConfig(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
                                       image_size=SIZE, patch_size=8, projection_dim=WIDTH).to_dict(),
        projection_dim=WIDTH, attn_implementation="eager")
    clip = build(config, spread=4)
    export(clip, folder, CONTEXT, SIZE)
    shutil.copy(FIXTURES / "models" / "tiny-clip" / "tokenizer.json", folder / "tokenizer.json")
    text = {"contextLength": CONTEXT, "padId": 0}
    write_manifest(folder, "Random weights, for tests", text, SIZE, WIDTH, ["image.onnx", "text.onnx", "tokenizer.json"])
    reference = {"texts": TEXTS, **answers(clip, SIZE, ids_of(folder / "tokenizer.json"))}
    (folder / "reference.json").write_text(json.dumps(reference) + "\n")


def ids_of(file: Path) -> torch.Tensor:
    """Rows of CONTEXT ids: padded with 0, or cut with the end token kept."""
    tokenizer = Tokenizer.from_file(str(file))
    rows = [tokenizer.encode(text).ids for text in TEXTS]
    cut = [row if len(row) <= CONTEXT else row[: CONTEXT - 1] + row[-1:] for row in rows]
    return torch.tensor([row + [0] * (CONTEXT - len(row)) for row in cut])


if __name__ == "__main__":
    main()
