"""Words of one meaning, from WordNet."""

import json
import re

import wordnet
from common import KEPT_OUT, REPO

THING = "00001930"
"""WordNet's number of "physical entity"."""


def good(word):
    """Whether a lemma is a plain noun of up to three words that training may see."""
    return bool(re.fullmatch(r"[a-z][a-z' -]+", word)) and len(word.split()) <= 3 and word.split()[0] != "genus" and \
        not any(name in word for name in KEPT_OUT)


def first_senses():
    """{noun: number of its most frequent meaning}."""
    out = {}
    for line in open("/usr/share/wordnet/index.noun"):
        if not line.startswith("  "):
            fields = line.split()
            out[fields[0].replace("_", " ")] = fields[-int(fields[2])]
    return out


def things():
    """Numbers of all meanings of things one can see, sorted."""
    below, queue, children = {THING}, [THING], {}
    for number, (_, up, _) in wordnet.synsets().items():
        for broader in up:
            children.setdefault(broader, []).append(number)
    while queue:
        for child in children.get(queue.pop(), []):
            if child not in below:
                below.add(child)
                queue.append(child)
    return sorted(below)


def words():
    """Every plain noun whose most frequent meaning is a thing one can see, sorted."""
    senses = first_senses()
    return sorted({lemma for number in things() for lemma in wordnet.synsets()[number][0]
                   if lemma.islower() and good(lemma) and senses.get(lemma) == number})


def judged():
    """The words of the pairs that `npm run evaluate` judges synonyms by."""
    pairs = json.loads((REPO / "scripts" / "evaluate" / "synonyms.json").read_text())
    return {word.lower() for pair in pairs for word in pair}


def meanings():
    """[[word, …], …]: the words of each meaning that have it first, two or more; none that synonyms are judged by."""
    held_out = judged()
    senses, out = first_senses(), []
    for number in things():
        words = dict.fromkeys(lemma.lower() for lemma in wordnet.synsets()[number][0])
        same = [word for word in words if good(word) and word not in held_out and senses.get(word) == number]
        if len(same) > 1:
            out.append(same)
    return out
