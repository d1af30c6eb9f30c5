"""What `faceshards pack clips` took comes back by `faceshards export clips`."""

import csv
import json
import tarfile

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from faceshards.shards.filters.where import matching
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter
from tests.packing.conftest import zipped


def tree(folder) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.fixture
def source(tmp_path, make, clip):
    folder = tmp_path / "mine"
    files = {f"x/walk/f{number:03d}.png": body for number, body in enumerate(make.frames(4), 7)}
    files |= {"x/a.MP4": clip, "x/deep/b c.m4v": make.mp4(5, seed=1)}
    for name, body in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    (tmp_path / "notes.csv").write_text("name,age,frames\na,31,9\nx/walk,,2\nelse,1,1\n")
    return folder


def test_videos_come_back_byte_for_byte_frames_by_their_names_and_notes_by_their_values(run, source, tmp_path):
    code, said, err = run("pack", source, "--out", tmp_path, "--annotations", tmp_path / "notes.csv")
    assert code == 0, err
    assert "clips without an annotation │ 1, such as 'deep/b c'" in said and "annotations of no clip" in said
    with Shard(tmp_path / "mine.tar") as shard:
        facts = {one["path"]: one for one in map(shard.json, range(len(shard)))}
        assert set(facts) == {"x/a.MP4", "x/deep/b c.m4v", "x/walk"}
        assert (facts["x/a.MP4"]["age"], facts["x/a.MP4"]["annotated_frames"], facts["x/a.MP4"]["frames"]) == (31, 9, 6)
        table = pq.read_table(tmp_path / "mine.parquet")
        assert [table["path"][row].as_py() for row in matching(table, "age > 30 AND annotated_frames = 9")] == [
            "x/a.MP4"
        ]
        assert facts["x/walk"]["frame_files"] == ["f007.png"] and "age" not in facts["x/walk"]
    code, _, err = run("export", "clips", tmp_path / "mine.tar", tmp_path / "again")
    assert code == 0, err
    was, now = tree(source), tree(tmp_path / "again")
    rows = list(csv.reader(now.pop("notes.csv").decode().splitlines()))
    assert sorted(rows) == [["a", "31", "9"], ["name", "age", "frames"], ["x/walk", "", "2"]]
    assert set(now) == set(was)
    assert all(now[name] == was[name] for name in was if not name.endswith(".png"))
    for name in was:
        if name.endswith(".png"):
            pixels = [np.asarray(Image.open(top / name), np.int16) for top in (source, tmp_path / "again")]
            assert np.abs(pixels[0] - pixels[1]).mean() < 6  # they were encoded
    code, said, _ = run("export", "clips", tmp_path / "mine.tar", tmp_path / "again", "--json")
    assert code == 0 and json.loads(said)["counts"] == {"standing": 7}


def test_other_annotations_pack_again_and_the_same_do_nothing(run, source, tmp_path):
    words = ("pack", source, "--out", tmp_path, "--annotations", tmp_path / "notes.csv")
    run(*words)
    assert "already packed" in run(*words)[1]
    (tmp_path / "notes.csv").write_text("name,age\na,32\n")
    assert "already packed" not in run(*words)[1]
    with Shard(tmp_path / "mine.tar") as shard:
        assert [shard.json(row).get("age") for row in range(len(shard))] == [32, None, None]


def test_a_tar_comes_back_too_and_a_sample_without_path_is_counted(run, tmp_path, clip):
    (tmp_path / "a.mp4").write_bytes(clip)
    with tarfile.open(tmp_path / "old.tar", "w") as out:
        out.add(tmp_path / "a.mp4", "./deep/a.mp4")
    assert run("pack", tmp_path / "old.tar", "--out", tmp_path / "new")[0] == 0
    assert run("export", "clips", tmp_path / "new" / "old.tar", tmp_path / "again")[0] == 0
    assert tree(tmp_path / "again") == {"deep/a.mp4": clip}


def test_two_shards_that_claim_one_file_are_told(run, tmp_path, clip, make):
    for name, body in (("one", clip), ("two", make.mp4(5))):
        run("pack", zipped(tmp_path / f"{name}.zip", {"a.mp4": body}), "--out", tmp_path / "new")
    code, _, err = run("export", "clips", tmp_path / "new", tmp_path / "again")
    assert code == 2 and "both make this file" in err


@pytest.mark.parametrize(
    "change",
    [{"path": 7}, {"path": "../out"}, {"frame_files": "1.png"}, {"frame_files": ["1.png"], "frames": 7}]
    + [{"frame_files": ["1.png"], "frames": frames} for frames in (5, 10**12, "6", -1)]
    + [{"frame_files": ["../1.png"]}, {"container": "wav"}, {"annotation": {"row": 1}}],
)
def test_a_json_that_lies_costs_its_sample_alone(run, tmp_path, clip, change):
    facts = {"path": "a", "container": "mp4", "frames": 6}
    with ShardWriter(tmp_path / "s.tar") as out:
        out.add("bad", {"json": {**facts, **change}, "mp4": clip})
        out.add("good", {"json": {**facts, "path": "good.mp4"}, "mp4": clip})
    code, said, err = run("export", "clips", tmp_path / "s.tar", tmp_path / "again", "--json")
    assert code == 0 and json.loads(said)["failures"] == 1, err
    assert tree(tmp_path / "again") == {"good.mp4": clip} and not (tmp_path / "out").exists()
