"""What training draws from: photos with masks, on disk, as many as the teacher has done so far."""

import numpy as np
import torch

from common import open_array

TRUE = 2            # a mask that its source has itself, as collect.py marks it
TRUE_WEIGHT = 0.5   # how often such a photo is drawn beside one that the teacher answered: they show two things only
# Cut out of its photo and put before another, a thing must be neither a speck nor all there is,
# and its mask must be sure.
THING, SURE = (0.04, 0.6), 0.1


class Split:
    """Photos [n, s, s, 3] and masks [n, s, s], uint8."""

    def __init__(self, work, split):
        self.work, self.split = work, split
        self.photos, self.masks = (open_array(work, f"{split}-{kind}", "r") for kind in ("photos", "masks"))
        self.kinds = {}
        self.refresh()

    def refresh(self):
        """Look which masks are there by now."""
        state = np.array(open_array(self.work, f"{self.split}-state", "r"))
        self.rows = np.flatnonzero(state)
        weights = np.where(state[self.rows] == TRUE, TRUE_WEIGHT, 1.0)
        self.chances = torch.from_numpy(weights)
        for row in self.rows:
            if row not in self.kinds:
                self.kinds[row] = is_thing(self.masks[row])
        self.things = np.array([row for row in self.rows if self.kinds[row]])

    def draw(self, count):
        """Seeded rows."""
        return self.rows[torch.multinomial(self.chances, count, replacement=True).numpy()]

    def draw_things(self, count):
        """Seeded rows of photos with a thing that can be cut out."""
        return self.things[torch.randint(len(self.things), (count,)).numpy()]

    def both(self, rows):
        """Photos with their masks as a fourth channel: [n, 4, s, s] from 0 to 1."""
        pixels = np.concatenate([np.stack([self.photos[r] for r in rows]),
                                 np.stack([self.masks[r] for r in rows])[..., None]], 3)
        return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255


def is_thing(mask):
    """Whether what the mask shows can be put before another background."""
    area = (mask > 127).mean()
    unsure = ((mask > 40) & (mask < 215)).mean()
    return THING[0] < area < THING[1] and unsure < SURE * np.sqrt(area)
