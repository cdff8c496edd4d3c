"""Writes src/clip/fixtures/clip-bpe-ids.json: awkward texts and the ids that CLIPTokenizer of `transformers` gives them.

    python tokenizer.py FOLDER_WITH_CLIPS_TOKENIZER
"""

import json
import random
import sys
from pathlib import Path

from transformers import CLIPTokenizer

OUT = Path(__file__).parents[2] / "src" / "clip" / "fixtures" / "clip-bpe-ids.json"
CONTEXT = 77

# No capital sigma ends a word here: OpenAI's own tokenizer (and ours) lowers it to a final one, `transformers` does not.
WRITTEN = [
    "", " ", "\t\n", "a", "A", "I'm", "you've", "they'll", "he'd", "it's", "don't", "IT'S", "rock'n'roll", "o'clock",
    "'s", "''", "'tis", "dogs'", "naïve", "nai\u0308ve", "café", "cafe\u0301", "Ångström", "A\u030angstro\u0308m",
    "ﬁne ﬂow", "ß straße", "İstanbul", "ǅ", "ΑΒΓ ΣΊΣΥΦΟΝ ς", "привет мир", "МОСКВА", "שלום עולם", "مرحبا بالعالم",
    "नमस्ते दुनिया", "สวัสดีชาวโลก", "你好，世界", "日本語のテキスト", "한국어 문장", "各国語 mixed with latin",
    "😀", "😀😀😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪🇫🇷", "❤️", "☕️ coffee", "cat🐱dog🐶", "1", "12", "123456789", "3.14", "1,000",
    "1st 2nd 3rd", "x2", "2x", "H2O", "C++", "C#", "f(x)=x^2", "a_b_c", "__init__", "snake_case CamelCase kebab-case",
    "user@example.com", "https://example.com/a?b=c&d=e#f", "#hashtag @mention", "50%", "$9.99", "£5 €6 ¥7", "½ ¼ ²³",
    "!!!", "?!?!", "...", "…", "—–-", "“quoted” ‘text’ «guillemets»", "a...b", "a . b", "(a) [b] {c} <d>", "a/b\\c",
    "\"double\" 'single'", "~`^|", "&amp; &lt;b&gt;", "<b>bold</b>", "<|startoftext|>", "<|endoftext|>",
    "a <|endoftext|> b", "<|END|>", "a\u00a0b", "a\u200bb", "a\u200db", "\ufeffbom", "a\u0000b", "a\u0007b", "\u001b[31mred",
    "line\nbreak", "tab\there", "cr\r\nlf", "  many   spaces  ", "\u2028\u2029", "\u3000wide\u3000spaces", "a photo of a cat",
    "A Photo Of A DOG.", "a photo of a {}.", "photo:cat", "supercalifragilisticexpialidocious", "pneumonoultramicroscopic",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "zzzzqqqqxxxx", "the the the", "ﷺ", "𝕳𝖊𝖑𝖑𝖔", "𝒞𝒶𝓉", "①②③", "ⅣⅨ", "㍿", "℃ №",
    "dog " * 100, "word, " * 60, "😀" * 40, "日" * 90, "x" * 400, "'s " * 90, "a " * 76, "a " * 75, "a " * 77,
]
PIECES = ["cat", "DOG", "naïve", "e\u0301", "Ü", "ñ", "ß", "的", "か", "한", "ع", "ש", "ж", "😀", "👩‍🚀", "'s", "'LL", "'", "\"", "-", ".",
          "...", ",", "!", "?", "42", "7", "½", " ", "  ", "\n", "\u00a0", "_", "/", "#", "<", ">", "&", "(", ")", "é",
          "th", "ing", "tree", "ice-cream"]


def texts() -> list[str]:
    """Those above, and three hundred thrown together from awkward pieces."""
    dice = random.Random(11)
    thrown = ["".join(dice.choice(PIECES) for _ in range(dice.randint(1, 14))) for _ in range(300)]
    return list(dict.fromkeys(WRITTEN + thrown))


def main() -> None:
    tokenizer = CLIPTokenizer.from_pretrained(sys.argv[1])
    rows = [[text, tokenizer(text, truncation=True, max_length=CONTEXT)["input_ids"]] for text in texts()]
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    OUT.write_text(f"[\n{lines}\n]\n")
    print(f"{len(rows)} texts")


if __name__ == "__main__":
    main()
