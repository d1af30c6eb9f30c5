"""A shard of clips whose pictures tell their numbers, and of one whose columns are not what the format says."""

import numpy as np
import pytest

from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode
from faceshards.viewer.drawing.sample import ShownSample
from tests.viewer import burned


def mesh(frame):
    """A mesh of 478 points at one place, but for the irises, 20 pixels apart, and the nose below them."""
    points = np.full((478, 3), 5.0, np.float32)
    points[468], points[473], points[1] = (100 + frame, 80, 0), (120 + frame, 80, 0), (110 + frame, 90, 0)
    return points


@pytest.fixture(scope="session")
def burned_set(tmp_path_factory):
    """`plain`; `hostile`, whose columns are of other shapes; `nobody`, in whose pictures no stage found anything; the
    same columns in all.
    """
    frames = np.array([0, 1, 3, 4], np.int64)
    good = {
        "landmarks.npy": np.stack([mesh(one) for one in frames]),
        "landmarks_frame.npy": frames,
        "gaze.npy": np.array([[0, 0], [np.pi / 2, 0], [0, np.pi / 2], [0, 0]], np.float32),
        "headpose.npy": np.array([[0, 0, 0], [90, 0, 0], [0, 0, 90], [0, 90, 0]], np.float32),
        "face_box.npy": np.array([[0, 0, 0, 0], *([[32, 24, 64, 48]] * (burned.FRAMES - 1))], np.float32),
        "dwpose.npy": np.concatenate([np.zeros((1, 134, 2)), np.full((2, 134, 2), 60.0)]).astype(np.float32),
        "dwpose_frame.npy": np.array([2, 2, 5], np.int64),
        "dwpose_score.npy": np.full((3, 134), 0.25, np.float32),
        "speaking.npy": np.array([1.5, -2.0], np.float32),
        "speaking_frame.npy": np.array([7, 8], np.int64),
        "speaking_track.npy": np.array([3, 3], np.int64),
        "speech.npy": np.linspace(0, 1, 100, dtype=np.float32),
        "quality.npy": np.arange(burned.FRAMES * 9, dtype=np.float32).reshape(-1, 9),
        "mine.npy": np.arange(burned.FRAMES, dtype=np.float64),
    }
    bad = good | {
        "landmarks.npy": np.zeros((4, 3, 478), np.float32),
        "dwpose.npy": np.zeros((200, 134, 2), np.float32),
        "dwpose_frame.npy": np.full(200, 2, np.int64),
        "dwpose_score.npy": np.zeros((200, 134), np.float32),
        "face_box.npy": np.zeros((5, 4, 1), np.float32),
        "speaking_track.npy": np.zeros(5, np.int64),
        "mine.npy": np.zeros((2, 2, 2)),
    }
    kinds = {"plain": good, "hostile": bad, "nobody": {name: value[:0] for name, value in good.items()}}
    samples = {
        key: burned.sample(key, **{name: encode(name, value) for name, value in kind.items()})
        for key, kind in kinds.items()
    }
    samples["hostile"]["faces.msg"] = encode("faces.msg", {"frame": [0, 1], "track": "no"})
    return burned.write(tmp_path_factory.mktemp("burned") / "burned.tar", samples)


@pytest.fixture
def plain(burned_set):
    with Shard(burned_set) as shard:
        yield ShownSample.of(shard, 0)


@pytest.fixture
def nobody(burned_set):
    with Shard(burned_set) as shard:
        yield ShownSample.of(shard, 2)


@pytest.fixture
def hostile(burned_set):
    with Shard(burned_set) as shard:
        yield ShownSample.of(shard, 1)
