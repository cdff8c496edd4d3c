"""Stage 3: frozen features of the held-out sets, for a look at them while training."""

import pickle
from pathlib import Path

import numpy as np

import eval_sets as sets
from common import REPO, centre, parser, pixels
from features import dhash, session


def main():
    p = parser(__doc__)
    p.add_argument("--clones", type=Path, required=True)
    p.add_argument("--photos", type=Path, required=True, help="folder with everyday.json, catsdogs.json, people.json")
    p.add_argument("--samples", type=Path, default=REPO.parent / "shared" / "samples")
    args = p.parse_args()
    net = session(args.work / "front.onnx", 2)
    found = {
        "everyday": sets.listed(args.photos, "everyday.json"), "catsdogs": sets.listed(args.photos, "catsdogs.json"),
        "people": sets.listed(args.photos, "people.json"), "samples": sets.samples(args.samples),
        "imagenet_sample": sets.imagenet_sample(args.clones), "kept out": sets.kept_out(args),
        "cifar100": (x for i, x in enumerate(sets.packed(args, "heldout", "cifar100_test")) if i % 4 == 0),
        "pacs": (x for i, x in enumerate(sets.packed(args, "heldout", "pacs_photo")) if i % 3 == 0),
    }
    out = {}
    for name, photos in found.items():
        mids, labels, hashes = [], [], []
        for image, own in photos:
            mids.append(net.run(None, {"x": pixels(centre(image))[None]})[0][0].astype(np.float16))
            labels.append(own)
            hashes.append(dhash(image))
        out[name] = (np.stack(mids), labels, hashes)
        print(name, len(labels), flush=True)
    pickle.dump(out, open(args.work / "eval.pickle", "wb"))


if __name__ == "__main__":
    main()
