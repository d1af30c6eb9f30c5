"""A photograph becomes a folder of one frame: upright, and no longer than a detector wants."""

import numpy as np
from PIL import Image

from faceshards.bench.photographs import as_clips


def test_a_photograph_stands_upright_and_is_made_smaller(tmp_path):
    lying = Image.fromarray(np.full((600, 1200, 3), 90, np.uint8))
    exif = lying.getexif()
    exif[0x0112] = 6  # to be turned by a quarter
    lying.save(tmp_path / "anna.jpg", exif=exif)
    Image.new("L", (40, 30)).save(tmp_path / "ben.png")
    into = as_clips(tmp_path.glob("*.*"), tmp_path / "stills")
    sizes = {}
    for file in into.glob("*/0.png"):
        with Image.open(file) as picture:
            sizes[file.parent.name] = picture.mode, picture.size
    assert sizes == {"anna": ("RGB", (500, 1000)), "ben": ("RGB", (40, 30))}
