"""ImageNet's 1,000 classes: the names people use, synonyms, broader names and definitions."""

import json
import re
from functools import cache

import wordnet
from common import HERE, KEPT_OUT

BROAD = """animal bird dog cat fish shark insect beetle butterfly spider snake lizard turtle frog crab monkey ape bear fox wolf
big cat rodent rabbit deer antelope whale seal horse cattle sheep goat pig chicken duck goose owl eagle parrot
fruit vegetable food bread dish dessert drink vehicle car truck bus van boat ship sailboat aircraft airplane train bicycle motorcycle
furniture chair table couch bed lamp clothing hat shoe footwear dress coat jacket trousers skirt bag handbag
musical instrument guitar drum tool weapon gun toy ball sports equipment machine computer camera clock watch telephone
electronic equipment container bottle box bowl cup pot basket building house church tower bridge fence shop structure
plant flower tree mushroom fungus mountain person door curtain kitchen utensil home appliance instrument""".split("\n")
BROAD = {b for line in BROAD for b in re.findall(r"big cat|musical instrument|sports equipment|electronic equipment|kitchen utensil|home appliance|\S+", line)}

ALSO = json.loads((HERE / "also.json").read_text())
"""What people call some classes, beside WordNet's words: {class: [names]}."""


def clean(name):
    """Lower case, one space, no bracketed remarks."""
    name = re.sub(r"\(.*?\)", " ", name.lower()).split(" / ")[0]
    return re.sub(r"\s+", " ", name).strip()


@cache
def wnids():
    return (HERE / "wnids.txt").read_text().split()


@cache
def names():
    """The 1,000 class names in the classifier's order."""
    return [clean(n) for n in json.loads((HERE / "imagenet1k.json").read_text())]


def by_wnid(wnid):
    """A class's name."""
    return names()[wnids().index(wnid)]


@cache
def closure(known):
    """For each class all names that hold for it, the own first: [[name, …], …]. `known`: tuple of names worth having besides
    the broad ones."""
    want = BROAD | set(known)
    out = []
    for name, wnid in zip(names(), wnids()):
        if name in KEPT_OUT:
            out.append([])
            continue
        lemmas, _, _ = wordnet.synsets()[wnid[1:]]
        own = [name, *(lemma.lower() for lemma in lemmas), *ALSO.get(name, [])]
        if name.endswith(" cat") and name != "polecat":
            own.append("cat")
        up = [lemma.lower() for lemma in wordnet.broader(wnid[1:]) if lemma.lower() in want]
        out.append([n for n in dict.fromkeys([*own, *up]) if n not in KEPT_OUT])
    return out


def definition(wnid):
    return wordnet.synsets()[wnid[1:]][2]
