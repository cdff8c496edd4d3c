"""Stage 1: list the photos to learn from, with their labels and captions.

    python collect.py --clones DIR

DIR holds clones (bare or not) of the repositories of sources.json, each as DIR/<owner>+<name>. Writes photos.jsonl: one
line a photo, {"source", "repository", "object" (git's), "labels": [specific … broad], "captions"?}."""

import csv
import io
import json
import random
import re
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import imagenet
from packed import read_rows
from common import HERE, KEPT_OUT, SEED, everyday, parser

PHOTO = re.compile(r"\.(jpe?g|png|webp)$", re.I)


class Clone:
    """A repository's files, read without a work tree."""

    def __init__(self, folder, name):
        at = folder / name.replace("/", "+")
        self.dir = next(p for p in (at / "repo" / ".git", at / "repo", at / ".git", at) if (p / "HEAD").exists())

    def git(self, *words):
        return subprocess.run(["git", f"--git-dir={self.dir}", *words], check=True, capture_output=True).stdout

    def tree(self, commit):
        """(object, path) of every file of a commit."""
        for entry in self.git("ls-tree", "-r", "-z", commit).split(b"\0"):
            if entry:
                meta, path = entry.split(b"\t", 1)
                yield meta.split()[2].decode(), path.decode("utf-8", "replace")

    def text(self, commit, path):
        return self.git("show", f"{commit}:{path}").decode("utf-8", "replace")


def singular(word):
    """A caption's word as a name would have it."""
    special = {"men": "man", "women": "woman", "children": "child", "people": "people", "kids": "child", "kid": "child",
               "boys": "boy", "girls": "girl", "toddler": "child", "lady": "woman", "guy": "man", "puppy": "dog"}
    if word in special:
        return special[word]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def caption_labels(captions, names):
    """Names that at least two of a photo's captions mention, most mentioned first."""
    count = Counter()
    for c in captions:
        words = [singular(w) for w in re.findall(r"[a-z]+", c.lower())]
        text = " ".join(words)
        found = {n for n in names if re.search(rf"\b{re.escape(n)}\b", text)}
        if found & {"man", "woman", "child", "boy", "girl", "baby"} or "people" in words:
            found.add("person")
        if found & {"boy", "girl"}:
            found.add("child")
        count.update(found)
    need = 2 if len(captions) > 2 else 1
    return [n for n, c in sorted(count.items(), key=lambda v: (-v[1], v[0])) if c >= need]


def finest_first(labels):
    """Labels with what says more of a person before "person", and a person before a face."""
    finer = [n for n in labels if n in ("man", "woman", "child", "baby", "crowd")]
    if finer and labels[0] == "person":
        return [*finer, *(n for n in labels if n not in finer)]
    return ["person", *labels] if labels and labels[0] == "face" else labels


def flickr_captions(clone, commit, path):
    """Captions by file name, from 'file.jpg#n TAB caption' or 'file.jpg,caption' lines."""
    out = defaultdict(list)
    for line in clone.text(commit, path).splitlines():
        m = re.match(r"(\d+_[0-9a-f]+\.jpg)(?:#\d)?[\t,](.+)", line)
        if m:
            out[m.group(1)].append(re.sub(r"\s+", " ", m.group(2)).strip(' ".').lower())
    return out


def coco_labels(clone, commit, split):
    """(labels by area, captions) by file name of a COCO sample."""
    inst = json.loads(clone.text(commit, f"tiny_coco/annotations/instances_{split}.json"))
    caps = json.loads(clone.text(commit, f"tiny_coco/annotations/captions_{split}.json"))
    names = {c["id"]: c["name"] for c in inst["categories"]}
    files = {i["id"]: i["file_name"] for i in inst["images"]}
    area, captions = defaultdict(Counter), defaultdict(list)
    for a in inst["annotations"]:
        area[a["image_id"]][names[a["category_id"]]] += a["area"]
    for a in caps["annotations"]:
        captions[files[a["image_id"]]].append(a["caption"].lower().strip(". "))
    return {files[i]: ([n for n, _ in c.most_common(3)], captions[files[i]]) for i, c in area.items() if i in files}


def rows_of(source, clone, names):
    """Photos of one source: (object, labels, captions)."""
    commit, rule = source["commit"], source["labels"]
    words = source.get("names", {})
    always = source.get("always", [])
    captions = flickr_captions(Clone(*source["captions"][:2]), *source["captions"][2:]) if "captions" in source else {}
    table = {}
    if rule["by"] == "csv":
        for r in csv.DictReader(io.StringIO(clone.text(commit, rule["file"]))):
            table[r[rule["key"]]] = r[rule["value"]]
    coco = {s: coco_labels(clone, commit, s) for s in rule.get("splits", [])}
    for obj, path in clone.tree(commit):
        m = re.match(source["path"], path)
        if not m or not PHOTO.search(path):
            continue
        file = Path(path).name
        if rule["by"] == "captions":
            if captions.get(file):
                yield obj, caption_labels(captions[file], names), captions[file]
            continue
        if rule["by"] == "coco":
            labels, caps = coco[Path(path).parent.name].get(file, ([], []))
            if labels:
                yield obj, labels, caps
            continue
        if rule["by"] == "same":
            yield obj, list(rule["labels"]), []
            continue
        key = table.get(Path(path).stem, table.get(file)) if rule["by"] == "csv" else m.group(1)
        if key and rule["by"] == "wnid" or source["id"] == "nips2017" and key:
            yield obj, [imagenet.by_wnid(key) if rule["by"] == "wnid" else imagenet.names()[int(key) - 1]], []
            continue
        if key is None or (found := words.get(key, words.get(key.lower()))) == []:
            continue
        plain = re.sub(r"[_\-]+", " ", key).strip().lower()
        yield obj, [*(found or [plain]), *always], []


PACKED = {"fashion": 120, "grocery": 60, "sunrgbd": 300, "overinf": 20, "fruitveg": 20}
"""Sources taken from the packed data folder (small photos), with the most of each first label."""


def packed_rows(args, names):
    """Photos of the packed data folder: `object` is then their line in its index."""
    count = Counter()
    for i, r in enumerate(read_rows(args.data, "train")):
        most, labels = PACKED.get(r["source"]), r["labels"]
        if most and labels and not set(labels) & set(KEPT_OUT) and count[r["source"], labels[0]] < most:
            count[r["source"], labels[0]] += 1
            yield {"source": r["source"], "repository": "", "object": i, "labels": labels}
    print("packed", sum(count.values()), len(count))


def shuffled(rows):
    random.Random(SEED).shuffle(rows)
    return rows


def main():
    p = parser(__doc__)
    p.add_argument("--clones", type=Path, required=True)
    args = p.parse_args()
    names = sorted(set(everyday(args)) | {"boy", "girl", "ball", "bike", "football", "rock", "water", "sand", "dirt", "pool", "rope"})
    args.work.mkdir(parents=True, exist_ok=True)
    seen, out = set(), []
    for source in json.loads((HERE / "sources.json").read_text()):
        clone = Clone(args.clones, source["repository"])
        if "captions" in source:
            source["captions"] = [args.clones, *source["captions"]]
        rows = [r for r in rows_of(source, clone, names) if not set(r[1]) & set(KEPT_OUT)]
        random.Random(SEED).shuffle(rows)
        count, kept = Counter(), 0
        for obj, labels, captions in rows:
            first = labels[0] if labels else ""
            if obj in seen or count[first] >= source.get("most", 10**9):
                continue
            seen.add(obj)
            count[first] += 1
            kept += 1
            labels = finest_first(labels)
            row = {"source": source["id"], "repository": source["repository"], "object": obj, "labels": labels}
            out.append({**row, "captions": captions} if captions else row)
        print(source["id"], kept, len(count), dict(count.most_common(6)), flush=True)
    out = [*shuffled(out), *packed_rows(args, names)]
    with open(args.work / "photos.jsonl", "w") as f:
        f.writelines(json.dumps(r) + "\n" for r in out)
    print(len(out), "photos")


if __name__ == "__main__":
    main()
