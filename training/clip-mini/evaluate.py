"""Stage 6: judge an exported model on the held-out sets, as the product uses it: its preprocessing, a single prompt.

    python evaluate.py --clones DIR --photos DIR --model ../../models/clip-mini

Prints a table and writes evaluation.json into the work folder."""

import json
import time
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

import eval_sets as sets
import imagenet
from common import REPO, centre, everyday, parser, pixels, write_json
from features import session

PROMPT = "a photo of a {}"
BARS = {  # first, among five
    "everyday photos among everyday": (82, 95), "samples among their names, of 43": (40, 43), "cats against dogs": (98, None),
    "photos of people": (80, None), "imagenet_sample, 998 names": (50, 78), "names kept out, among the 20": (60, None),
    "CIFAR-100 test": (55, 83), "synonyms, either word the same answer": (80, None),
}


class Exported:
    """The model folder as a program uses it."""

    def __init__(self, folder, threads=2):
        self.manifest = json.loads((folder / "manifest.json").read_text())
        self.image, self.text = (session(folder / self.manifest[k]["file"], threads) for k in ("image", "text"))
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(self.manifest["text"]["contextLength"])

    def pictures(self, squares):
        return self.image.run(None, {"pixel_values": np.stack([pixels(s) for s in squares])})[0]

    def texts(self, names, prompt=PROMPT):
        length = self.manifest["text"]["contextLength"]
        out = []
        for name in names:
            ids = np.zeros((1, length), np.int64)
            found = self.tokenizer.encode(prompt.format(name)).ids
            ids[0, :len(found)] = found
            out.append(self.text.run(None, {"input_ids": ids})[0][0])
        return np.stack(out)


def embed(model, photos, batch=16):
    """(embeddings, right names) of a set."""
    out, labels, queue = [], [], []
    for image, own in photos:
        labels.append(own)
        queue.append(centre(image, model.manifest["image"]["size"]))
        if len(queue) == batch:
            out.append(model.pictures(queue))
            queue = []
    if queue:
        out.append(model.pictures(queue))
    return np.concatenate(out), labels


def shares(e, labels, text, names):
    at = {n: i for i, n in enumerate(names)}
    order = (-(e @ text.T)).argsort(1).tolist()
    best = [min([o.index(at[n]) for n in own if n in at] or [10**6]) for o, own in zip(order, labels)]
    return [100 * float(np.mean([b < most for b in best])) for most in (1, 5)]


def synonyms(model, e, names, text):
    """Of photos that one of the two words wins, the share that the other word wins as well, each in the list in turn."""
    pairs = json.loads((REPO / "scripts" / "evaluate" / "synonyms.json").read_text())
    kept = won = 0
    for first, other in pairs:
        if first not in names:
            continue
        j, swapped = names.index(first), text.copy()
        swapped[j] = model.texts([other])[0]
        a, b = (e @ text.T).argmax(1) == j, (e @ swapped.T).argmax(1) == j
        kept, won = kept + int((a & b).sum()), won + int((a | b).sum())
    return [100 * kept / max(won, 1), None]


def speed(folder):
    """Milliseconds of one picture on one core."""
    model, times = Exported(folder, 1), []
    side = model.manifest["image"]["size"]
    x = np.zeros((1, 3, side, side), np.float32)
    for _ in range(40):
        start = time.process_time()
        model.image.run(None, {"pixel_values": x})
        times.append(time.process_time() - start)
    return 1000 * float(np.median(times))


def main():
    p = parser(__doc__)
    p.add_argument("--clones", type=Path, required=True)
    p.add_argument("--photos", type=Path, required=True)
    p.add_argument("--samples", type=Path, default=REPO.parent / "shared" / "samples")
    p.add_argument("--model", type=Path, default=REPO / "models" / "clip-mini")
    p.add_argument("--quick", action="store_true", help="only the photos of --photos and the samples")
    args = p.parse_args()
    model, names, figures = Exported(args.model), everyday(args), {}
    own = model.texts(names)

    def ask(title, photos, among=None, text=None):
        e, labels = embed(model, photos)
        among = among or sorted({row[0] for row in labels})
        figures[title] = shares(e, labels, model.texts(among) if text is None else text, among)
        print(title, len(labels), [round(v, 1) for v in figures[title]], flush=True)
        return e

    e = ask("everyday photos among everyday", sets.listed(args.photos, "everyday.json"), names, own)
    figures["synonyms, either word the same answer"] = synonyms(model, e, names, own)
    ask("photos of people", sets.listed(args.photos, "people.json"), names, own)
    ask("cats against dogs", sets.listed(args.photos, "catsdogs.json"), ["cat", "dog"])
    ask("samples among their names, of 43", sets.samples(args.samples))
    if not args.quick:
        classes = sorted(set(imagenet.names()))
        ask("imagenet_sample, 998 names", sets.imagenet_sample(args.clones), classes)
        ask("names kept out, among the 20", sets.kept_out(args))
        ask("CIFAR-100 test", sets.packed(args, "heldout", "cifar100_test"),
            json.loads((args.data / "labelsets.json").read_text())["cifar100"])
        ask("PACS photos, 7 names", sets.packed(args, "heldout", "pacs_photo"))
        ask("Tiny ImageNet, 200 names, 64 px", sets.packed(args, "heldout", "tinyimagenet_val"))
    figures["ms of processor time a picture, one core"] = [speed(args.model), None]
    write_json(args.work / "evaluation.json", figures)
    print("| figure | first | among five | must |\n|---|---:|---:|---:|")
    for title, (one, five) in figures.items():
        must = " / ".join(str(v) for v in BARS.get(title, ()) if v is not None)
        print(f"| {title} | {one:.1f} | {'' if five is None else f'{five:.1f}'} | {must} |")


if __name__ == "__main__":
    main()
