"""Stage 2, optional: sharp cut-outs with true edges, and scenes to put behind them.

    python extras.py --cutouts DIR --scenes DIR

The photos of the data folder are small and so look blurred when enlarged; these teach what real pictures
look like. Any PNGs with transparency and any photos will do (ours: see the model card). Folders are
searched through; names with a word of LEAVE are left out. Writes objects.npy and scenes.npy.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from common import parser, seed_everything

SIDE = 192
LEAVE = ("symbols", "cartoon", "flags", "roadsigns", "screenshot")
CROPS, SCENE = 8, 480


def pictures(folder, endings):
    """Opened pictures of a folder and those below it, in a fixed order."""
    for path in sorted(p for e in endings for p in folder.rglob(f"*{e}")):
        if not any(word in str(path.relative_to(folder)) for word in LEAVE):
            yield Image.open(path)


def cutout(image):
    """A cut-out in the middle of a transparent square; None if it is too small or has no edge."""
    if min(image.size) < 100 or image.mode not in ("RGBA", "LA", "P"):
        return None
    image = image.convert("RGBA")
    box = image.getchannel("A").getbbox()
    if box is None:
        return None
    image = image.crop(box)
    image.thumbnail((SIDE - 4, SIDE - 4), Image.LANCZOS)
    square = Image.new("RGBA", (SIDE, SIDE))
    square.paste(image, ((SIDE - image.width) // 2, (SIDE - image.height) // 2))
    pixels = np.asarray(square)
    return pixels if 0.03 < (pixels[..., 3] > 127).mean() < 0.85 else None


def crops(image):
    """Squares cut at random out of a scene, and the scene itself."""
    image = image.convert("RGB")
    scale = SCENE / min(image.size)
    image = image.resize([round(n * scale) for n in image.size], Image.LANCZOS, reducing_gap=2)
    yield np.asarray(image.resize((SIDE, SIDE), Image.LANCZOS))
    for _ in range(CROPS):
        left, top = (np.random.randint(0, n - SIDE + 1) for n in image.size)
        yield np.asarray(image.crop((left, top, left + SIDE, top + SIDE)))


def main():
    """Gather both and save them."""
    p = parser(__doc__)
    p.add_argument("--cutouts", type=Path, required=True)
    p.add_argument("--scenes", type=Path, required=True)
    args = p.parse_args()
    seed_everything()
    found = [cutout(i) for i in pictures(args.cutouts, [".png"])]
    objects = np.stack([o for o in found if o is not None])
    scenes = np.stack([c for i in pictures(args.scenes, [".jpg", ".png"]) for c in crops(i)])
    np.save(args.work / "objects.npy", objects)
    np.save(args.work / "scenes.npy", scenes)
    print(f"{len(objects)} cut-outs, {len(scenes)} scenes")


if __name__ == "__main__":
    main()
