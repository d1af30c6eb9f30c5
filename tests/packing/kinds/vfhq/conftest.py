"""A tree of VFHQ in small: folders of frames as the makers' script numbers them, and their texts."""

from pathlib import Path

import pytest

NAMES = ("Clip+7rrstPmLe7g+P0+C0+F10-15", "Clip+7rrstPmLe7g+P1+C0+F30-34", "Clip+_-91nXXjrVo+P0+C2+F100-105")


def tree(folder: Path) -> dict[str, bytes]:
    """Path -> bytes of all files below a folder."""
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def meta_info(frames: int, fps: str = "25.0", video: str = "7rrstPmLe7g") -> str:
    """A text about a clip of 64x48 pixels, cut from the middle of a picture of 128x96."""
    rows = (
        f"{number:08d} 00000000 {40.5 + number / 2} 30.0 20.0 25.0 45.0 38.0 55.0 38.0 50.0 41.0 46.0 44.0 54.0 44.0"
        for number in range(1, frames + 1)
    )
    head = ["Video ID: " + video, "H: 96", "W: 128", f"FPS: {fps}", "", "FRAME INDEX X0 Y0 W H [Landmarks (5 Points)]"]
    return "\n".join([*head, *rows, "CROP: 32 24 96 72"]) + "\n"


@pytest.fixture
def vfhq(tmp_path, make) -> Path:
    """A folder `group1` of three clips, `meta_info` of the first two and of one more beside it."""
    for seed, (name, count) in enumerate(zip(NAMES, (4, 3, 4), strict=True)):
        folder = tmp_path / "group1" / name
        folder.mkdir(parents=True)
        for number, body in enumerate(make.frames(count, seed=seed), 1):
            (folder / f"{number:08d}.png").write_bytes(body)
    (tmp_path / "meta_info").mkdir()
    for name, count, fps in ((NAMES[0], 4, "25.0"), (NAMES[1], 3, "29.97"), ("Clip+AAAAAAAAAAA+P0+C0+F1-9", 9, "25")):
        (tmp_path / "meta_info" / f"{name}.txt").write_text(meta_info(count, fps))
    return tmp_path
