import numpy as np
import pytest

from faceshards.shards.legacy import export_shard, import_shard
from faceshards.shards.reader import Shard
from faceshards.shards.schema.columns import COLUMNS
from tests.shards.legacy.old_tars import FRAMES, floats, read_old, same, sigma_sample, v1_sample, write_old

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def test_each_meaning_has_a_column_of_its_own(tmp_path):
    v1, sigma = v1_sample(), sigma_sample()
    import_shard(write_old(tmp_path / "a.tar", {"a": v1}), tmp_path / "v1.tar")
    import_shard(write_old(tmp_path / "b.tar", {"b": sigma}), tmp_path / "sigma.tar")
    with Shard(tmp_path / "v1.tar") as shard:
        assert shard.read(0, "mp4") == v1["mp4"] and shard.read(0, "styled.mp4") == v1["mp4_styled"]
        np.testing.assert_array_equal(shard.get(0, "dwpose.npy"), v1["dwpose_result.pyd"].reshape(-1, 134, 2))
        np.testing.assert_array_equal(shard.get(0, "dwpose_frame.npy"), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
        np.testing.assert_array_equal(shard.get(0, "person_box.npy"), v1["faces_bbox.pyd"].reshape(-1, 4))
        np.testing.assert_array_equal(shard.get(0, "face_frames.npy"), np.arange(5))
        facts = shard.json(0)
        assert facts["name"] == "a" and facts["swapped_source"] == "faces/anna.png" and facts["frames"] == FRAMES
        assert not {"face_box.npy", "face_valid.npy"} & set(shard.columns)
        assert set(shard.columns) <= set(COLUMNS)
        made = {shard.provenance[one].stage for one in facts["made"].values()}
        assert made == {"import"} and set(facts["made"]) == set(shard.columns) - {"json"}
    with Shard(tmp_path / "sigma.tar") as shard:
        np.testing.assert_array_equal(shard.get(0, "dwpose_frame.npy"), [0, 1, 2, 2, 3, 4])
        np.testing.assert_array_equal(shard.get(0, "face_box.npy"), np.stack(sigma["faces_bbox.pyd"]))
        assert shard.get(0, "face_valid.npy").tolist() == [True, True, False, True, True]
        facts = shard.json(0)
        assert facts["fps"] == [30000, 1001] and facts["legacy"] == {"kind": "sigma", "fps.str": "29.97"}
        assert (facts["sample_rate"], facts["channels"]) == (44100, 1)
        assert facts["sound_duration"] == pytest.approx(7350 / 44100)
        assert set(shard.columns) <= set(COLUMNS)


def test_a_clip_without_anybody(tmp_path):
    sample = v1_sample() | {"faces_bbox.pyd": np.zeros((FRAMES, 0), np.float32)}
    import_shard(write_old(tmp_path / "old.tar", {"a": sample}), tmp_path / "new.tar")
    with Shard(tmp_path / "new.tar") as shard:
        assert shard.get(0, "person_box.npy").shape == (0, 4)
    export_shard(tmp_path / "new.tar", tmp_path / "again.tar", "v1")
    assert same(read_old(tmp_path / "again.tar")[0]["faces_bbox.pyd"], sample["faces_bbox.pyd"])


def test_people_that_come_and_go_in_v1(tmp_path):
    """numpy before 1.24 made an array of objects of a ragged list, and pickled that."""
    counts = (2, 0, 1, 3, 1)
    frames = {name: np.empty(FRAMES, object) for name in ("dwpose_result.pyd", "dwpose_score.pyd", "faces_bbox.pyd")}
    for i, count in enumerate(counts):
        frames["dwpose_result.pyd"][i] = floats(count, 134, 2)
        frames["dwpose_score.pyd"][i] = floats(count, 134)
        frames["faces_bbox.pyd"][i] = floats(count, 4) if count else np.zeros(0, np.float32)
    outcome = import_shard(write_old(tmp_path / "old.tar", {"a": v1_sample() | frames}), tmp_path / "new.tar")
    assert outcome.whole == 1
    with Shard(tmp_path / "new.tar") as shard:
        assert shard.get(0, "dwpose_frame.npy").tolist() == [0, 0, 2, 3, 3, 3, 4]
        np.testing.assert_array_equal(shard.get(0, "person_box.npy"), np.concatenate([
            one for one in frames["faces_bbox.pyd"] if one.size
        ]))  # fmt: skip
    export_shard(tmp_path / "new.tar", tmp_path / "again.tar", "v1")
    again = read_old(tmp_path / "again.tar")[0]["dwpose_result.pyd"]
    assert same(again, list(frames["dwpose_result.pyd"]))


BAD = {
    "Sigma's mask in v1": ("exist_face_frame_index.pyd", [True] * FRAMES),
    "Sigma's boxes in v1": ("faces_bbox.pyd", [floats(4)] * FRAMES),
    "another number of points": ("dwpose_result.pyd", floats(FRAMES, 2, 133, 2)),
    "whole numbers for points": ("dwpose_result.pyd", np.zeros((FRAMES, 2, 134, 2), int)),
    "fewer scores than people": ("dwpose_score.pyd", floats(FRAMES, 1, 134)),
    "fewer frames than the clip": ("faces_bbox.pyd", floats(FRAMES - 1, 2, 4)),
    "a dict": ("faces_bbox.pyd", {"a": 1}),
    "a number": ("dwpose_score.pyd", 3.5),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_field_costs_its_own_columns(tmp_path, name):
    field, value = BAD[name]
    old = write_old(tmp_path / "old.tar", {"a": v1_sample(), "b": v1_sample() | {field: value}})
    outcome = import_shard(old, tmp_path / "new.tar", "v1")
    assert outcome.whole == 1 and [(one.key, one.code, one.kept) for one in outcome.failed] == [
        ("b", "bad-column", True)
    ]
    with Shard(tmp_path / "new.tar") as shard:
        (failure,) = shard.json(1)["failures"]
        assert failure["stage"] == "import" and field.split("_")[0] in failure["reason"]
        empty = {column for column in shard.columns if not shard.filled(1, column)}
        assert empty and empty < {column for column in shard.columns if column.endswith("npy")}
        assert shard.read(0, "mp4") and shard.read(1, "mp4") and not shard.json(0)["failures"]
    given = export_shard(tmp_path / "new.tar", tmp_path / "again.tar", "v1")
    assert (given.whole, [one.key for one in given.failed]) == (1, ["b"])
