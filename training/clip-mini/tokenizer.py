"""Stage 3: train the sub-word tokenizer on captions, labels and names; also the word list.

    python tokenizer.py

Writes tokenizer.json (WordPiece, the standard file format) and words.txt to the work folder.
"""

import json
import re
from collections import Counter

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from common import CONTEXT, parser, read_labelsets
from names import corpus

VOCAB = 6144
PAD_ID = 0


def train(texts):
    """A lower-casing, accent-stripping WordPiece tokenizer without special begin or end tokens."""
    tok = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=64))
    tok.normalizer = normalizers.Sequence(
        [normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()])
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tok.decoder = decoders.WordPiece(prefix="##")
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCAB, min_frequency=2, special_tokens=["[PAD]", "[UNK]"], show_progress=False)
    tok.train_from_iterator(texts, trainer)
    return tok


def encode(tok, texts, context=CONTEXT):
    """Ids of texts, cut and padded to the context length, as lists."""
    out = []
    for e in tok.encode_batch(list(texts)):
        ids = e.ids[:context]
        out.append(ids + [PAD_ID] * (context - len(ids)))
    return out


def main():
    """Train, save, and write all words seen in training, the most frequent first."""
    args = parser(__doc__).parse_args()
    rows = json.loads((args.work / "rows-train.json").read_text())
    texts = list(corpus(rows, read_labelsets(args.data)))
    tok = train(texts)
    tok.save(str(args.work / "tokenizer.json"), pretty=False)
    counts = Counter(w for t in texts for w in re.findall(r"[a-z0-9]+", t.lower()))
    known = [w for w, n in counts.most_common() if n >= 2]
    (args.work / "words.txt").write_text("\n".join(known) + "\n")
    lengths = sorted(len(e.ids) for e in tok.encode_batch(texts))
    print(f"{tok.get_vocab_size()} pieces, {len(known)} words of {len(counts)},",
          f"median length {lengths[len(lengths) // 2]}, 99 % {lengths[len(lengths) * 99 // 100]}")


if __name__ == "__main__":
    main()
