"""WordNet 3.0 as Debian's package wordnet-base installs it: synonyms, broader names and definitions of ImageNet's classes."""

from functools import cache
from pathlib import Path

FILE = Path("/usr/share/wordnet/data.noun")


@cache
def synsets():
    """All noun synsets by offset: (lemmas, offsets of broader synsets, definition)."""
    out = {}
    for line in FILE.read_text().splitlines():
        if line.startswith("  "):
            continue
        data, gloss = line.split(" | ", 1)
        f = data.split()
        n = int(f[3], 16)
        lemmas = [f[4 + 2 * i].replace("_", " ").split("(")[0] for i in range(n)]
        p, up = 5 + 2 * n, []
        for i in range(int(f[4 + 2 * n])):
            if f[p + 4 * i] in ("@", "@i"):
                up.append(f[p + 1 + 4 * i])
        out[f[0]] = (lemmas, up, gloss.split(";")[0].split("; \"")[0].strip(' "'))
    return out


def broader(offset):
    """Lemmas of all broader synsets, nearest first."""
    out, queue, seen = [], list(synsets()[offset][1]), set()
    while queue:
        at = queue.pop(0)
        if at in seen:
            continue
        seen.add(at)
        out += synsets()[at][0][:3]
        queue += synsets()[at][1]
    return out
