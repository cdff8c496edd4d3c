"""Stage 6: judge the exported model on all held-out sets, with the preprocessing a user gets.

    python evaluate.py --samples ../../../shared/samples

Prints a table and writes it, with the raw figures, to evaluation.json in the work folder.
"""

import io
import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from common import REPO, Photos, parser, read_index, read_labelsets, write_json
from runtime import Model

# (name of the figure, must, goal)
BARS = {
    "CIFAR-100 test top-1": (52, 65), "CIFAR-100 test top-5": (82, 90),
    "Tiny ImageNet val (200) top-1": (34, 50), "PACS photo (7) top-1": (80, 92),
    "CIFAR-10 test top-1": (76, 90), "cats against dogs, balanced": (80, 93),
    "imagenet_sample, names with >= 50 training photos, top-5": (38, 60),
    "20 names kept out, among the 20, top-1": (20, 35),
    "sample photos among their names, top-5 (count)": (36, 42),
}


def ranks(image, text, truths):
    """Place (0 = first) of the best true name of every picture; truths are sets of columns."""
    cosine = image @ text.T
    order = (-cosine).argsort(1)
    return np.array([min(list(o).index(t) for t in ts) for o, ts in zip(order, truths)])


def shares(rank):
    """Top-1 and top-5 in per cent."""
    return 100 * float((rank == 0).mean()), 100 * float((rank < 5).mean())


class Judge:
    """Embeds all held-out pictures once and answers questions about them."""

    def __init__(self, model, args, prompt):
        self.model, self.prompt, self.figures = model, prompt, {}
        self.rows = read_index(args.data, "heldout")
        photos = Photos(args.data, self.rows)
        self.image = model.images(Image.open(io.BytesIO(photos.encoded(r))) for r in self.rows)

    def ask(self, title, names, rows, image):
        """Zero-shot accuracy of some pictures among some names."""
        at = {n: i for i, n in enumerate(names)}
        keep = [i for i, r in enumerate(rows) if any(n in at for n in r["labels"])]
        truths = [{at[n] for n in rows[i]["labels"] if n in at} for i in keep]
        rank = ranks(image[keep], self.model.texts(names, self.prompt), truths)
        self.figures[title + " top-1"], self.figures[title + " top-5"] = shares(rank)
        return rank, [rows[i] for i in keep]

    def source(self, title, source, names=None):
        """The same for one held-out source; names default to its first labels."""
        keep = [i for i, r in enumerate(self.rows) if r["source"] == source]
        rows = [self.rows[i] for i in keep]
        names = names or sorted({r["labels"][0] for r in rows})
        if source == "imagenet_sample":
            rows = [{**r, "labels": r["labels"][:1]} for r in rows]
        return self.ask(title, names, rows, self.image[keep])


def cats_dogs(judge):
    """Balanced accuracy of cat against dog on every held-out picture labelled as one of them."""
    keep = [i for i, r in enumerate(judge.rows) if ("cat" in r["labels"]) != ("dog" in r["labels"])]
    text = judge.model.texts(["cat", "dog"], judge.prompt)
    says_dog = (judge.image[keep] @ text.T).argmax(1) == 1
    is_dog = np.array(["dog" in judge.rows[i]["labels"] for i in keep])
    parts = says_dog[is_dog].mean(), (~says_dog[~is_dog]).mean()
    judge.figures["cats against dogs, balanced"] = 50 * float(sum(parts))
    judge.figures["cats against dogs, dogs right"] = 100 * float(parts[0])
    judge.figures["cats against dogs, cats right"] = 100 * float(parts[1])


def imagenet(judge, work):
    """ImageNet sample among its 998 names, by how often a name occurred in training."""
    rank, rows = judge.source("imagenet_sample, all", "imagenet_sample")
    count = Counter()
    for r in json.loads((work / "rows-train.json").read_text()):
        count.update(r["labels"])
    seen = np.array([count[r["labels"][0]] for r in rows])
    for title, mask in (("names with >= 50 training photos", seen >= 50),
                        ("names with 1 to 49", (seen > 0) & (seen < 50)),
                        ("names without one", seen == 0)):
        top1, top5 = shares(rank[mask])
        judge.figures[f"imagenet_sample, {title}, top-1"] = top1
        judge.figures[f"imagenet_sample, {title}, top-5"] = top5


def kept_out(judge, args):
    """Photos of the 20 names that training never saw, among those 20."""
    stored = json.loads((args.work / "unseen.json").read_text())
    files = {r["file"] for r in stored["rows"]}
    photos = Photos(args.data, [{"file": f} for f in files])
    rows = [r for r in stored["rows"] if r["labels"][0] in stored["names"]]
    image = judge.model.images(Image.open(io.BytesIO(photos.encoded(r))) for r in rows)
    names = stored["names"]
    rank, rows = judge.ask("20 names kept out, among the 20,", names, rows, image)
    each = [100 * float((rank[[r["labels"][0] == n for r in rows]] == 0).mean()) for n in names]
    judge.figures["20 names kept out, mean over names, top-1"] = float(np.mean(each))


def samples(judge, folder):
    """The sample photos (file name = name), among their own names."""
    paths = [p for p in sorted(folder.glob("*.jpg")) if not p.stem.startswith("large-")]
    names = [p.stem.replace("-", " ") for p in paths]
    image = judge.model.images(Image.open(p) for p in paths)
    text = judge.model.texts(names, judge.prompt)
    rank = ranks(image, text, [{i} for i in range(len(names))])
    judge.figures["sample photos among their names, top-1 (count)"] = int((rank == 0).sum())
    judge.figures["sample photos among their names, top-5 (count)"] = int((rank < 5).sum())
    best = (image @ text.T).argmax(1)
    for name, place, b in zip(names, rank, best):
        print(f"  {name:20s} place {place + 1:2d}  first: {names[b]}")


def speed(folder, repeat=50):
    """Milliseconds of one picture through the image tower on one core."""
    model = Model(folder, threads=1)
    size = model.manifest["image"]["size"]
    x, times = np.zeros((1, 3, size, size), np.float32), []
    for _ in range(repeat):
        start = time.perf_counter()
        model.run("image", x)
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def main():
    """Measure everything and print the table."""
    p = parser(__doc__)
    p.add_argument("--model", type=Path, default=REPO / "models" / "clip-mini")
    p.add_argument("--samples", type=Path, default=REPO.parent / "shared" / "samples")
    p.add_argument("--prompt", default="a photo of a {}")
    args = p.parse_args()
    judge = Judge(Model(args.model), args, args.prompt)
    sets = read_labelsets(args.data)
    judge.source("CIFAR-100 test", "cifar100_test", sets["cifar100"])
    judge.source("CIFAR-10 test", "cifar10_test", sets["cifar10"])
    judge.source("Tiny ImageNet val (200)", "tinyimagenet_val")
    judge.source("PACS photo (7)", "pacs_photo")
    judge.source("ants against bees", "hymenoptera", ["ant", "bee"])
    cats_dogs(judge)
    imagenet(judge, args.work)
    kept_out(judge, args)
    samples(judge, args.samples)
    judge.figures["image tower, one core, ms a picture"] = speed(args.model)
    write_json(args.work / "evaluation.json", judge.figures)
    print("| figure | value | must | goal |\n|---|---:|---:|---:|")
    for name, value in judge.figures.items():
        must, goal = BARS.get(name, ("", ""))
        print(f"| {name} | {value:.1f} | {must} | {goal} |")


if __name__ == "__main__":
    main()
