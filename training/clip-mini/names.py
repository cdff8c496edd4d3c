"""Names and prompts: the list of names the text tower learns, their plurals and prompt wrappers."""

import re
from collections import Counter

TEMPLATES = [
    "{}", "{}", "{}", "a photo of a {}", "a photo of a {}", "a photo of a {}", "a {}", "the {}",
    "a photo of the {}", "a picture of a {}", "an image of {}", "photo of {}",
    "this is a photo of a {}", "a close-up photo of a {}", "a blurry photo of a {}",
    "a photo of a large {}", "a photo of a small {}", "one {}", "a photo of a {}.", "{}.",
    "a picture of my {}", "a cropped photo of the {}.", "a bright photo of a {}.",
    "a dark photo of the {}", "a drawing of a {}",
]
PLURAL_TEMPLATES = ["{}", "a photo of {}", "a photo of many {}", "some {}", "a photo of two {}."]


def clean(name):
    """Lower case, one space, no bracketed remarks: the key under which a name is known."""
    name = re.sub(r"\(.*?\)", " ", name.lower()).split(" / ")[0]
    return re.sub(r"\s+", " ", name).strip()


def plural(name):
    """A simple English plural of the last word (good enough: it only has to be familiar)."""
    if name.endswith(("s", "sh", "ch", "x", "z")):
        return name if name.endswith("s") and not name.endswith("ss") else name + "es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return name[:-1] + "ies"
    if name.endswith("man") and name != "human":
        return name[:-3] + "men"
    return name + "s"


def variants(name):
    """All wordings of one name that training draws from, each wrapper as often as it is listed."""
    return [t.format(name) for t in TEMPLATES] + [t.format(plural(name)) for t in PLURAL_TEMPLATES]


def label_list(rows):
    """All labels of the training rows with their counts, most frequent first."""
    counts = Counter(label for r in rows for label in r["labels"])
    return sorted(counts, key=lambda n: (-counts[n], n))


def corpus(rows, labelsets):
    """All texts of training (tokenizer and vocabulary are made from them)."""
    for r in rows:
        yield from r.get("captions", [])
    for name in label_list(rows) + imagenet_names(labelsets):
        yield from variants(name)


def imagenet_names(labelsets):
    """The teacher's 1,000 class names in its order, cleaned."""
    return [clean(n) for n in labelsets["imagenet1k"]]
