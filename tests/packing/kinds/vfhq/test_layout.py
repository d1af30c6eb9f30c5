"""There and back: files and texts byte for byte, frames near and under their names."""

import shutil
from itertools import islice

import numpy as np
import pytest
from PIL import Image

from faceshards.errors import ClipError
from faceshards.media.picture import encode_png
from faceshards.media.video.decode import frames
from faceshards.packing.kinds.vfhq.layout import VfhqTree
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter
from tests.packing.kinds.vfhq.conftest import NAMES, meta_info, tree


def test_real_frames_and_files_come_back(run, real, tmp_path):
    folder = tmp_path / "group1" / NAMES[0]
    folder.mkdir(parents=True)
    for number, picture in enumerate(islice(frames((real / "video" / "livep_d10.mp4").read_bytes()), 6), 1):
        (folder / f"{number:08d}.png").write_bytes(encode_png(picture))
    shutil.copy(real / "video" / "grid_lbax4n.mpg", tmp_path / "group1" / f"{NAMES[1]}.mpg")
    (tmp_path / "group1" / f"{NAMES[0]}.txt").write_text(meta_info(6))
    assert run("pack", "vfhq", tmp_path / "group1", "--out", tmp_path / "out")[0] == 0
    code, said, err = run("export", "vfhq", tmp_path / "out", tmp_path / "again")
    assert code == 0 and "not exported" in said, err
    paths = sorted(one.relative_to(tmp_path / "group1") for one in (tmp_path / "group1").rglob("*.*"))
    assert paths == sorted(one.relative_to(tmp_path / "again") for one in (tmp_path / "again").rglob("*.*"))
    for path in paths:
        was, now = tmp_path / "group1" / path, tmp_path / "again" / path
        if path.suffix == ".png":
            pixels = [np.asarray(Image.open(one), np.float64) for one in (was, now)]
            assert 10 * np.log10(255**2 / ((pixels[0] - pixels[1]) ** 2).mean()) > 36  # dB
        elif was.is_file():
            assert now.read_bytes() == was.read_bytes()


@pytest.mark.slow
def test_all_real_videos_come_back_byte_for_byte(run, real, tmp_path):
    assert run("pack", real / "video", "--out", tmp_path / "out")[0] == 0
    assert run("export", "clips", tmp_path / "out", tmp_path / "again")[0] == 0
    was = {one.name: one.read_bytes() for one in (real / "video").iterdir()}
    assert was == {one.name: one.read_bytes() for one in (tmp_path / "again").iterdir()} and len(was) > 15


def test_the_way_back_is_the_tree(run, vfhq, tmp_path):
    shutil.make_archive(str(vfhq / "two"), "zip", vfhq, "group1")
    shutil.make_archive(str(vfhq / "texts"), "zip", vfhq, "meta_info")
    assert run("pack", "vfhq", vfhq / "two.zip", "--annotations", vfhq / "texts.zip", "--out", vfhq / "out")[0] == 0
    code, _, err = run("export", "vfhq", vfhq / "out", vfhq / "again")
    assert code == 0, err
    now = tree(vfhq / "again")
    texts = {f"texts/meta_info/{name}.txt": (vfhq / "meta_info" / f"{name}.txt").read_bytes() for name in NAMES[:2]}
    assert {name: body for name, body in now.items() if name.endswith(".txt")} == texts
    pictures = {name for name in now if name.endswith(".png")}
    assert pictures == {f"group1/{name}" for name in tree(vfhq / "group1")}


def test_a_text_whose_place_is_not_told_costs_its_clip_alone(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("a", {"json": {"path": "a.mp4", "container": "mp4"}, "mp4": b"clip", "meta_info.txt": b"FPS 25"})
    with Shard(tmp_path / "a.tar") as shard, pytest.raises(ClipError, match=r"does not tell where meta_info\.txt lay"):
        list(VfhqTree().files(shard, 0))
