"""Everything training draws from, held in memory: photos with the teacher's masks, and the extras."""

import json

import numpy as np
import torch

# Cut out of its photo and put before another, a thing must be neither a speck nor all there is,
# and the teacher must have been sure of it.
THING = (0.05, 0.6)
SURE = 0.12
# A photo in which the teacher saw nothing can stand behind things.
NOTHING = 0.01


def load(work, name):
    """A whole array into memory, channels first; None where it is not there."""
    path = work / f"{name}.npy"
    if not path.exists():
        return None
    x = torch.from_numpy(np.load(path))
    return x.permute(0, 3, 1, 2).contiguous() if x.ndim == 4 else x


class Split:
    """Photos [n, 3, s, s] and masks [n, 1, s, s], uint8: as many as the teacher has done so far."""

    def __init__(self, work, split):
        done = json.loads((work / f"{split}.json").read_text())["done"]
        photos = np.load(work / f"{split}-photos.npy", mmap_mode="r")[:done]
        masks = np.load(work / f"{split}-masks.npy", mmap_mode="r")[:done]
        self.photos = torch.from_numpy(np.ascontiguousarray(photos.transpose(0, 3, 1, 2)))
        self.masks = torch.from_numpy(np.array(masks))[:, None]

    def kinds(self):
        """Row numbers of photos with a thing that can be cut out, and of those with nothing."""
        area = torch.stack([(m > 127).float().mean() for m in self.masks])
        unsure = torch.stack([((m > 40) & (m < 215)).float().mean() for m in self.masks])
        things = (area > THING[0]) & (area < THING[1]) & (unsure < SURE * area.sqrt())
        return things.nonzero()[:, 0], (area < NOTHING).nonzero()[:, 0]


class Training:
    """What `augment.batch` draws from."""

    def __init__(self, work):
        self.train, self.val = Split(work, "train"), Split(work, "val")
        self.things, self.empty = self.train.kinds()
        self.objects, self.scenes = load(work, "objects"), load(work, "scenes")
        print(f"{len(self.train.photos)} photos ({len(self.things)} with a thing to cut out, "
              f"{len(self.empty)} with nothing), {0 if self.objects is None else len(self.objects)} "
              f"cut-outs, {0 if self.scenes is None else len(self.scenes)} scenes", flush=True)
