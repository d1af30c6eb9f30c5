"""The data set that FiftyOne imports: by its JSON here, by FiftyOne's own importer where `make peers` installed it."""

import json
import math

import pytest

from faceshards.__main__ import main
from faceshards.packing.exports.fiftyone import RESERVED
from faceshards.shards.writer import ShardWriter
from tests.packing.exports.viewers import answered


def export(*words):
    with pytest.raises(SystemExit) as end:
        main(["export", "fiftyone", *map(str, words)])
    return end.value.code or 0


@pytest.fixture
def tree(shard, tmp_path):
    assert export(shard, tmp_path / "out") == 0
    return tmp_path / "out"


def read(path):
    return json.loads(path.read_text())


def test_a_clip_is_a_sample_with_its_scalars_and_failures(tree, body):
    one, two = read(tree / "samples.json")["samples"]
    assert read(tree / "metadata.json")["media_type"] == "video"
    assert (tree / one["filepath"]).read_bytes() == body and one["filepath"] == "data/a/one.mp4"
    assert one["tags"] == [] and two["tags"] == ["failed:swap", "failed:swap:no-source-face"]
    told = {"key": "one", "face_share": 0.5, "frames_kept": 3.0, "language": "en", "clip_frames": 6, "fps": 25.0}
    assert told.items() <= one.items() and two["frames_kept"] == 2.5
    assert isinstance(one["frames_kept"], float) and isinstance(two["face_share"], float), "one type a field"
    assert not RESERVED & (set(one) - {"filepath", "tags", "frames"})


def test_labels_are_shares_of_the_picture_and_frames_count_from_one(tree):
    frames = read(tree / "frames" / "a" / "one.json")["frames"]
    assert list(frames) == ["1", "2", "3", "4", "5", "6"]
    large, small = frames["2"]["faces"]["detections"]
    assert large["bounding_box"] == [0.25, 0.25, 0.5, 0.5] and large["index"] == 7 and large["confidence"] == 0.5
    assert small["bounding_box"] == [0, 0, 0.125, 0.25] and small["index"] == 2
    assert large["speaking"] == 1.5 and "speaking" not in small and "speaking" not in frames["2"]
    (mesh,) = frames["1"]["points68"]["keypoints"]
    assert mesh["points"] == [[0.5, 0.25]] * 68 and mesh["confidence"] == [0.25] * 68
    assert all(math.isnan(side) for point in frames["6"]["points68"]["keypoints"][0]["points"] for side in point)
    assert frames["4"]["quality_1"] == 28 and "faces" not in frames["4"]
    assert read(tree / "frames" / "a" / "two.json") == {"frames": {}}


def test_the_same_command_again_writes_nothing(shard, tree, capsys):
    capsys.readouterr()
    assert export(shard, tree, "--json") == 0
    counts = json.loads(capsys.readouterr().out.splitlines()[-1])["counts"]
    assert counts["standing"] == 6 and not counts.get("written")


def test_a_picture_is_left_out_by_name(tmp_path, capsys):
    with ShardWriter(tmp_path / "b.tar") as out:
        out.add("k", {"json": {"container": "jpg"}, "jpg": b"\xff\xd8\xff"})
    assert export(tmp_path / "b.tar", tmp_path / "out") == 1
    assert "none of 1 samples is of kind fiftyone" in capsys.readouterr().err


@pytest.mark.peers
def test_fiftyone_itself_reads_it(tree):
    code = """
import json, sys
import fiftyone.utils.data as data
told = []
with data.LegacyFiftyOneDatasetImporter(sys.argv[1]) as importer:
    for sample in importer:
        faces = {n: [[one.index, *one.bounding_box] for one in frame["faces"].detections]
                 for n, frame in sample.frames.items() if frame.has_field("faces")}
        told.append([sample["key"], sample.media_type, sample.tags, sample["face_share"], len(sample.frames), faces])
print(json.dumps(told))
"""
    one, two = answered(code, tree)
    assert one[:5] == ["one", "video", [], 0.5, 6]
    assert one[5] == {"2": [[7, 0.25, 0.25, 0.5, 0.5], [2, 0, 0, 0.125, 0.25]], "5": [[7, 0.5, 0.5, 0.5, 0.5]]}
    assert two[:5] == ["two", "video", ["failed:swap", "failed:swap:no-source-face"], 1.0, 0]
