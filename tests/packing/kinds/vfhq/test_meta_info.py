from fractions import Fraction

import numpy as np
import pytest

from faceshards.packing.kinds.vfhq.clip_name import ClipName
from faceshards.packing.kinds.vfhq.meta_info import read_faces, read_head
from tests.packing.kinds.vfhq.conftest import meta_info

NAME = ClipName.of("Clip+7rrstPmLe7g+P0+C1+F100-150")


def test_the_head_tells_rate_size_and_the_part_that_was_cut_out():
    head = read_head(meta_info(3, fps="29.97"))
    assert (head.fps, head.size, head.crop) == (Fraction(30000, 1001), (128, 96), (32, 24, 96, 72))
    facts = head.facts(NAME)
    assert facts["crop_px"] == [32, 24, 96, 72]
    assert [facts[f"crop_{side}"] for side in ("left", "top", "right", "bottom")] == [0.25, 0.25, 0.75, 0.75]
    assert facts["source_start"] == pytest.approx(101 * 1.001 / 30) and facts["source_end"] == pytest.approx(5.005)


def test_each_row_is_a_face_of_the_videos_picture():
    faces = read_faces(meta_info(3))
    assert faces.frames == ["00000001", "00000002", "00000003"]
    assert faces.boxes.dtype == np.float32 and faces.boxes[1].tolist() == [41.5, 30.0, 61.5, 55.0]
    assert faces.points.shape == (3, 5, 2) and faces.points[0, 4].tolist() == [54.0, 44.0]
    assert read_faces("H: 3\n").boxes.shape == (0, 4)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("FPS: 25.0", "", "no line FPS"),
        ("FPS: 25.0", "FPS: 0", "FPS is 0"),
        ("FPS: 25.0", "FPS:", "FPS is"),
        ("CROP:", "CUT:", "no line CROP"),
        ("CROP: 32 24 96 72", "CROP: 32 24", "CROP must have 4 numbers"),
        ("CROP: 32 24 96 72", "CROP: 32 24 x 72", "invalid literal"),
        ("H: 96", "H: 0", "H must have 1 numbers"),
        ("H: 96", "H: -96", "H must have 1 numbers"),
    ],
)
def test_a_head_that_is_none_says_what_is_wrong(old, new, said):
    with pytest.raises(ValueError, match=said):
        read_head(meta_info(2).replace(old, new))
    with pytest.raises(ValueError, match="no area"):
        read_head(meta_info(2).replace("32 24 96 72", "96 24 32 72")).facts(NAME)


@pytest.mark.parametrize(("old", "new"), [("41.0", "nan"), ("41.0", "x"), (" 54.0 44.0", ""), ("41.0", "41.0 1")])
def test_a_row_that_is_none_is_named_and_the_others_stay(old, new):
    faces = read_faces(meta_info(2).replace(old, new, 1))
    assert faces.frames == ["00000002"] and len(faces.boxes) == len(faces.points) == 1
    assert len(faces.broken) == 1 and faces.broken[0].startswith("line 7: ")


def test_lines_are_known_by_how_they_begin():
    text = meta_info(1).replace("H: 96", "Height 96").replace("W: 128", "Width: 128").replace("CROP:", "Crop x y x y:")
    assert read_head(text) == read_head(meta_info(1))
