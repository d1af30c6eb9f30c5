import numpy as np
import pytest

from faceshards.dataset.stats.features import FeatureView, feature_stats
from faceshards.errors import ColumnError, UsageError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode
from faceshards.shards.writer import ShardWriter

RNG = np.random.default_rng(3)
CODES = [RNG.normal(5, 2, (t, 3)).astype(np.float32) for t in (7, 4, 9)]
POSES = [RNG.normal(-1, 1, (t, 2)) for t in (7, 4, 9)]


@pytest.fixture
def shard(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        for number, (code, pose) in enumerate(zip(CODES, POSES, strict=True)):
            writer.add(f"k{number}", {"json": {"name": "k"}, "code.npy": code, "pose.npy": pose})
        writer.add("short", {"json": {"name": "s"}, "code.npy": CODES[0], "pose.npy": POSES[1]})
        writer.add("void", {"json": {"name": "v"}, "code.npy": None, "pose.npy": None})
        writer.add(
            "nan", {"json": {"name": "n"}, "code.npy": encode("code.npy", np.full((2, 3), np.nan)), "pose.npy": None}
        )
        writer.add("wide", {"json": {"name": "w"}, "code.npy": np.ones((2, 4)), "pose.npy": np.ones((2, 2))})
    return tmp_path / "a.tar"


def rows(shard, count=7):
    return [(shard, np.arange(count))]


def test_mean_and_deviation_of_each_feature(shard):
    (code,) = feature_stats(rows(shard), ["code.npy"], FeatureView())
    whole = np.concatenate([*CODES, CODES[0]]).astype(np.float64)
    np.testing.assert_allclose(code.moments.mean, whole.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(code.moments.sd, whole.std(axis=0), rtol=1e-12)
    assert (code.samples, code.without, code.moments.count) == (4, 1, 27)
    assert code.skipped == {
        "it holds what is no finite number": 1,
        "its features are (4,), the first sample's (3,)": 1,
    }


def test_deltas_of_columns_side_by_side(shard):
    """What 3DXTalker's loader normalises by: code_t - code_0 over all frames."""
    (data,) = feature_stats(rows(shard), ["code.npy", "pose.npy"], FeatureView(deltas=True), joined=True)
    each = [np.concatenate([code - code[:1], pose - pose[:1]], axis=1) for code, pose in zip(CODES, POSES, strict=True)]
    whole = np.concatenate([part.astype(np.float64) for part in each])
    assert data.name == "data" and data.moments.mean.shape == (5,)
    np.testing.assert_allclose(data.moments.mean, whole.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(data.moments.sd, whole.std(axis=0), rtol=1e-5)
    assert any("do not stand side by side: code.npy (7, 3), pose.npy (4, 2)" in why for why in data.skipped)


def test_only_the_rows_that_are_named(shard):
    (code,) = feature_stats([(shard, np.array([1]))], ["code.npy"], FeatureView())
    np.testing.assert_allclose(code.moments.mean, CODES[1].astype(np.float64).mean(axis=0))


@pytest.mark.parametrize(
    ("column", "shape", "axes", "features"),
    [
        ("mine.npy", (5, 2, 3), None, (2, 3)),
        ("mine.npy", (5,), None, ()),
        ("mine.npy", (5, 2, 3), (2, 0), (3, 5)),
        ("mine.npy", (5, 2, 3), (), ()),
        ("spectrogram.npy", (2, 257, 601), (0,), (2,)),
        ("voice.npy", (256,), None, (256,)),
        ("latents.npy", (6, 4, 8, 8), None, (4,)),
        ("landmarks.npy", (9, 478, 3), None, (478, 3)),
    ],
)
def test_which_axes_are_features(column, shape, axes, features):
    found = FeatureView(axes).rows(column, np.ones(shape, np.float32))
    assert found.shape[1:] == features and found.size == np.prod(shape)


def test_what_cannot_be(shard):
    with pytest.raises(UsageError, match=r"faces.msg holds no array"):
        feature_stats(rows(shard), ["faces.msg"], FeatureView())
    (other,) = feature_stats(rows(shard), ["other.npy"], FeatureView())
    assert (other.samples, other.without, other.moments) == (0, 7, None)
    with pytest.raises(ColumnError, match="it has 1 axes"):
        FeatureView((3,)).rows("x.npy", np.ones(4))
    with Shard(shard) as opened:
        assert len(opened) == 7
