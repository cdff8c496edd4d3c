"""The packed data folder: small photos in a few files, with an index of JSON lines."""

import gzip
import io
import json

from PIL import Image

from common import upright


def read_rows(data, split):
    with gzip.open(data / f"{split}.jsonl.gz", "rt") as f:
        return [json.loads(line) for line in f]


class Packed:
    """Photos of the packed data folder."""

    def __init__(self, data):
        self.data, self.files = data, {}

    def image(self, row):
        if row["file"] not in self.files:
            self.files[row["file"]] = (self.data / row["file"]).read_bytes()
        at = row["offset"]
        return upright(Image.open(io.BytesIO(self.files[row["file"]][at:at + row["length"]])))
