import pickle
from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.shards.legacy import import_shard
from faceshards.shards.reader import Shard
from tests.shards.legacy.old_tars import FRAMES, sigma_sample, v1_sample, write_old

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


class Touches:
    """Pickles as a call that would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def test_a_pickle_that_acts_is_a_bad_field_and_does_not_act(tmp_path):
    marker = tmp_path / "marker"
    samples = {
        "a": v1_sample(),
        "b": v1_sample() | {"faces_bbox.pyd": Touches(marker)},
        "c": v1_sample() | {"dwpose_result.pyd": np.array([Touches(marker)], object)},
    }
    outcome = import_shard(write_old(tmp_path / "old.tar", samples), tmp_path / "new.tar")
    assert outcome.whole == 1 and [one.code for one in outcome.failed] == ["unsafe-data"] * 2
    assert not marker.exists()
    pickle.loads(pickle.dumps(Touches(marker)))  # noqa: S301 - the proof that pickle itself would have acted
    assert marker.exists()


def test_the_clips_facts_come_from_whoever_knows_codecs(tmp_path):
    """At 29 frames a second by its container and 29.97 by fps.str, five frames play 5.6 ms longer than their sound."""

    def describe(body: bytes) -> tuple:
        if body == b"broken":
            raise ClipError("broken-media", "no moov")
        return {"fps": [29, 1], "frames": FRAMES, "width": 640}, np.ones((1, 6), np.int64), {"codec": "h264"}

    samples = {"a": sigma_sample() | {"swapped.mp4": b"broken"}, "b": sigma_sample() | {"mp4": b"broken"}}
    samples["b"]["swapped.mp4"] = b"fine"
    samples["c"] = sigma_sample() | {"swapped.mp4": b"fine"}
    outcome = import_shard(write_old(tmp_path / "old.tar", samples), tmp_path / "new.tar", describe=describe)
    assert [(one.key, one.code, one.kept) for one in outcome.failed] == [
        ("a", "broken-media", True), ("b", "broken-media", False)
    ]  # fmt: skip
    with Shard(tmp_path / "new.tar") as shard:
        twin = ("swapped.mp4", "swapped.mp4.packets.npy")
        assert shard.keys == ["a", "c"] and [shard.state(0, column) for column in twin] == ["failed", "failed"]
        facts = shard.json(1)
        assert facts["fps"] == [30000, 1001] and facts["width"] == 640
        assert facts["sound_drift"] == pytest.approx(5 / 29 - 5 * 1001 / 30000, abs=1e-9)
        assert facts["media"] == {"mp4": {"codec": "h264"}, "swapped.mp4": {"codec": "h264"}}
        assert shard.get(1, "swapped.mp4.packets.npy").shape == (1, 6)
    for name in ("dwpose_result.pyd", "faces_bbox.pyd", "exist_face_frame_index.pyd"):
        short = sigma_sample() | {name: sigma_sample()[name][:-1]}
        failed = import_shard(write_old(tmp_path / "s.tar", {"a": short}), tmp_path / "n.tar", describe=describe).failed
        assert "has 4 frames, the clip 5" in failed[0].reason
