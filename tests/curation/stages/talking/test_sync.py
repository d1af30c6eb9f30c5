"""The stage `sync`: planted offsets are found by way of crops, sound and windows; what it leaves alone."""

import hashlib
from fractions import Fraction

import numpy as np
import pytest
import torch

from faceshards.curation.engine import NotApplicable, Outcome
from faceshards.curation.engine.stage import Failure
from faceshards.curation.stages.talking.sync import Sync, SyncParams
from faceshards.errors import UsageError
from faceshards.media.sound import Sound
from faceshards.models.nets.syncnet import SyncNet
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, result_of
from tests.curation.stages.talking.followed_faces import pictures, table

BOX = (60, 30, 100, 70)  # its crop lies within the picture
COUNT = 60


class Levels:
    """Stands in for SyncNet: lips are as bright as the sound is loud."""

    def lips(self, windows):
        return (_spread(windows[:, :, :, :, 0].mean(axis=(2, 3)) / 25),)

    def sound(self, windows):
        return (_spread((windows[:, 1:19:4, 0] - _energy(1.0)) / 2),)


def _spread(levels):
    return np.repeat(levels, 200, axis=1)[:, :1024].astype(np.float32)


def _energy(amplitude: float) -> float:
    """The first number of MFCC of noise of this amplitude."""
    from faceshards.media.sound.mfcc import mfcc

    noise = np.random.default_rng(0).normal(0, amplitude / 1e4, 16000)
    return float(np.median(mfcc(noise)[:, 0]))


@pytest.fixture
def stage() -> Sync:
    stage = Sync()
    stage._net = Levels()
    return stage


def clip(early: int = 0, fps: int = 25, count: int = COUNT, boxes=None) -> PicturesClip:
    """Each moment's brightness is the logarithm of the sound's loudness, which comes so many pictures too early."""
    level = np.random.default_rng(4).integers(1, 9, 200)
    shown = np.full((count, 120, 160, 3), 0, np.uint8)
    shown[:] = (25 * level[20 + np.arange(count) * 25 // fps])[:, None, None, None]
    loud = level[20 + early + np.arange(round(count * 25 / fps))]
    samples = np.random.default_rng(5).normal(0, 1e-4, len(loud) * 640) * np.exp(np.repeat(loud, 640))
    columns = {"faces.msg": table({2: dict.fromkeys(range(count), BOX)} if boxes is None else boxes, count)}
    sound = Sound(samples.astype(np.float32), 16000)
    return PicturesClip(shown, sound=sound, columns=columns, fps=Fraction(fps), chunk=9)


@pytest.mark.parametrize("early", [-7, -2, 0, 7])
def test_a_planted_offset_is_found(stage, early):
    result = result_of(stage, clip(early))
    assert isinstance(result, Outcome), result
    assert result.scores["sync_offset"] == early and result.scores["sync_confidence"] > 10


def test_a_clip_of_50_pictures_a_second_is_seen_at_25(stage):
    result = result_of(stage, clip(3, fps=50, count=120))
    assert result.scores["sync_offset"] == 3


def test_the_columns_say_it_of_each_track(stage):
    result = result_of(with_params(stage, most=2), clip(boxes={0: {0: BOX}, 2: dict.fromkeys(range(COUNT), BOX)}))
    found, offsets, sure, tracks = (decode(name, result.columns[name]) for name in stage.columns)
    assert found.shape == (1, 31) and found.dtype == np.float32 and tracks.tolist() == [2] and offsets.tolist() == [0]
    assert sure[0] == pytest.approx(np.median(found) - found.min(), abs=1e-5)
    assert result.scores["sync_distance"] == pytest.approx(found.min(), abs=1e-3)


def with_params(stage, **params):
    other = Sync(SyncParams(**params))
    other._net = stage._net
    return other


def test_what_it_leaves_alone(stage):
    short = result_of(stage, clip(count=49))
    assert isinstance(short, Failure) and short.code == "too-few-frames"
    nobody = result_of(stage, clip(boxes={}))
    assert isinstance(nobody, Failure) and nobody.code == "no-face"
    columns = {"faces.msg": table({0: {0: BOX}}, 3)}
    quiet = PicturesClip(pictures(3), sound=Sound(np.zeros(900, np.float32), 16000), columns=columns)
    assert isinstance(result_of(stage, quiet), NotApplicable)
    assert isinstance(result_of(stage, PicturesClip(pictures(3), columns=columns)), NotApplicable)
    with pytest.raises(UsageError, match=r"sync\.least at least 6, got 1 and 5"):
        SyncParams(least=5)


def test_it_runs_on_a_network_of_the_true_signature(tmp_path, monkeypatch):
    torch.manual_seed(0)
    path = tmp_path / "syncnet_v2.model"
    torch.save(SyncNet().state_dict(), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path))
    entry = Weights("syncnet_v2", (path.name,), path.stat().st_size, digest, "CC0", "a test", "tests")
    monkeypatch.setitem(WEIGHTS, "syncnet_v2", entry)
    stage = Sync(SyncParams(least=6))
    stage.setup()
    found = result_of(stage, clip(count=9))
    assert isinstance(found, Outcome), found
    assert np.ptp(decode("sync.npy", found.columns["sync.npy"])) > 0
