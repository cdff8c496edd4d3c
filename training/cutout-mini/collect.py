"""Stage 1: photos from clones of public repositories into memory-mapped arrays.

    python collect.py --clones DIR --keep-out DIR DIR

DIR holds one clone, bare or not, of each repository of sources.json, named owner+name; what is read is the
commit named there. Photos that look like one of the `--keep-out` folders or like a held-out one are left out.
"""

import io
import json
import random
import re
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile

from common import HERE, SEED, STORED, parser, write_json

ImageFile.LOAD_TRUNCATED_IMAGES = True
SHORTEST = 150
NEAR = 6  # bits of 64 in which the hashes of two copies of one photo differ at most


class Clone:
    """Files of one commit."""

    def __init__(self, clones, repository, commit):
        top = clones / repository.replace("/", "+")
        self.folder = next(f.parent for depth in ("", "*/", "*/*/") for f in top.glob(depth + "HEAD"))
        self.commit = commit

    def git(self, *words):
        """What a git command prints."""
        return subprocess.run(["git", f"--git-dir={self.folder}", *words], check=True, capture_output=True).stdout

    def paths(self):
        """Paths of all files."""
        return self.git("ls-tree", "-r", "-z", "--name-only", self.commit).decode().split("\0")[:-1]

    def read(self, path):
        """One file's bytes."""
        return self.git("cat-file", "blob", f"{self.commit}:{path}")


def choose(source, paths):
    """A seeded choice of a source's photos, spread over its folders where it says so."""
    paths = sorted(p for p in paths if re.fullmatch(source["pattern"], p))
    random.Random(SEED).shuffle(paths)
    taken, folders = [], {}
    for path in paths:
        folder = path.rsplit("/", 1)[0]
        folders[folder] = folders.get(folder, 0) + 1
        if folders[folder] <= source.get("a_folder", len(paths)):
            taken.append(path)
    return taken


def squashed(image):
    """A picture as both networks see it."""
    return np.asarray(image.resize((STORED, STORED), Image.LANCZOS))


def difference_hash(image):
    """64 bits that copies of a photo share."""
    small = np.asarray(image.convert("L").resize((9, 8), Image.BOX), np.int16)
    return (small[:, 1:] > small[:, :-1]).ravel()


def photos_of(source, clones, known):
    """(path, photo) of one source; copies of what is known, broken and tiny ones are left out."""
    clone = Clone(clones, source["repository"], source["commit"])
    taken = 0
    for path in choose(source, clone.paths()):
        if taken == source["take"]:
            return
        try:
            image = Image.open(io.BytesIO(clone.read(path))).convert("RGB")
        except (OSError, SyntaxError):
            continue
        bits = difference_hash(image)
        if min(image.size) < SHORTEST or (np.array(known) != bits).sum(1).min() <= NEAR:
            continue
        known.append(bits)
        taken += 1
        yield path, squashed(image)


def keep_files(work, clone, rows):
    """Held-out photos as files too: compare.ts shows them to the product."""
    (work / "heldout").mkdir(exist_ok=True)
    for _, path, _ in rows:
        name = Path(path.replace("/", "-")).stem + ".jpg"
        (work / "heldout" / name).write_bytes(clone.read(path))


def store(work, split, rows):
    """Write the arrays in a seeded random order, so that any beginning of them is a fair share."""
    random.Random(SEED).shuffle(rows)
    n = len(rows)
    photos = np.lib.format.open_memmap(work / f"{split}-photos.npy", "w+", np.uint8, (n, STORED, STORED, 3))
    for at, (_, _, photo) in enumerate(rows):
        photos[at] = photo
    write_json(work / f"{split}.json", [{"source": name, "path": path} for name, path, _ in rows])
    print(f"{split}: {n} photos", flush=True)


def main():
    """Collect."""
    p = parser(__doc__)
    p.add_argument("--clones", type=Path, required=True)
    p.add_argument("--keep-out", type=Path, nargs="*", default=[], help="folders of photos never to train on")
    args = p.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    own = [f for folder in args.keep_out for f in sorted(folder.glob("*.jpg"))]
    known = [np.zeros(64, bool)] + [difference_hash(Image.open(f)) for f in own]
    train, held = [], []
    for source in json.loads((HERE / "sources.json").read_text()):
        rows = [(source["name"], *row) for row in photos_of(source, args.clones, known)]
        aside = source.get("held_out", 0)
        held, train = held + rows[:aside], train + rows[aside:]
        keep_files(args.work, Clone(args.clones, source["repository"], source["commit"]), rows[:aside])
        print(f"{source['name']}: {len(rows)}", flush=True)
    store(args.work, "heldout", held)
    store(args.work, "train", train)


if __name__ == "__main__":
    main()
