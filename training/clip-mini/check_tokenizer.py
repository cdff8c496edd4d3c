"""Write the ids of awkward strings, for check_tokenizer.mjs to compare.

    python check_tokenizer.py ../../models/clip-mini > ids.json
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer

STRINGS = [
    "a photo of a cat", "Cats", "A PHOTO OF THE DOG!", "golden retriever", "Crème brûlée",
    "naïve café", "São Paulo", "T-shirt", "women's top", "shih-tzu", "xylophonist",
    "antidisestablishmentarianism", "", "   ", "a  b\tc\nd", "hello, world.", "it's a dog's life",
    "ice-cream (vanilla)", "50% off", "№5 perfume", "Äpfel", "straße", "日本語 の 犬",
    "emoji 😀 dog", "e\u0301clair", "ﬁne ﬂower", "ǅ", "İstanbul", "ſ", "a_b", "under_score cat",
    "foo@bar.com", "C++", "3.14", "1,000", "#hashtag", "Ångström", "ﷺ", "한국어 고양이", "पंख",
    "x" * 70, "y" * 64, "zebra\u00a0horse", "zero\u200bwidth", "tab\u0007bell", "–dash—dash",
    "“quotes”", "pick-up truck", "a photo of many butterflies", "Wire Fox Terrier",
    "cherimoya (custard apple)", "baluster / handrail", "\u1e9e", "ΑΣ ΟΔΟΣ", "Ǆ ǆ",
    "combining a\u0328\u0301", "[PAD] cat", "[UNK]", "a photo of a [UNK]", "polar bears",
]

if __name__ == "__main__":
    tok = Tokenizer.from_file(str(Path(sys.argv[1]) / "tokenizer.json"))
    print(json.dumps([[s, tok.encode(s).ids] for s in STRINGS]))
