"""The stage `speaking`: rows, tracks and sound on random weights; on real ones, one that speaks or rests."""

import hashlib
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
import torch

from faceshards.curation.engine import NotApplicable, Outcome
from faceshards.curation.engine.stage import Failure
from faceshards.curation.stages.talking import speaking
from faceshards.curation.stages.talking.speaking import Speaking, SpeakingParams
from faceshards.errors import UsageError
from faceshards.media.sound import Sound
from faceshards.media.sound.read import read_sound
from faceshards.media.video.decode import frames
from faceshards.models.nets.light_asd import LightAsd
from faceshards.models.nets.mtcnn import MTCNN
from faceshards.models.nets.mtcnn_networks import MtcnnWeights
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, result_of
from tests.curation.stages.talking.followed_faces import pictures, table

BOX = (40, 20, 100, 80)


@pytest.fixture
def stage(tmp_path, monkeypatch) -> Speaking:
    """On random weights."""
    torch.manual_seed(0)
    path = tmp_path / "light.model"
    torch.save(LightAsd().state_dict(), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path))
    monkeypatch.setitem(
        WEIGHTS, "light_asd", Weights("light_asd", (path.name,), path.stat().st_size, digest, "CC0", "a test", "tests")
    )
    stage = Speaking()
    stage.setup()
    return stage


def clip(boxes, count, fps=25, seconds=None, seed=0, chunk=5) -> PicturesClip:
    seconds = count / fps if seconds is None else seconds
    sound = Sound(np.random.default_rng(seed).normal(0, 0.1, round(16000 * seconds)).astype(np.float32), 16000)
    columns = {"faces.msg": table(boxes, count)}
    return PicturesClip(pictures(count, seed), sound=sound, columns=columns, fps=Fraction(fps), chunk=chunk)


def rows(result):
    assert isinstance(result, Outcome), result
    return [decode(f"speaking{name}.npy", result.columns[f"speaking{name}.npy"]) for name in ("", "_frame", "_track")]


def test_each_frame_of_the_largest_tracks_has_a_row(stage):
    boxes = {0: dict.fromkeys(range(3, 9), (0, 0, 20, 20)), 4: dict.fromkeys(range(12), BOX)}
    result = result_of(stage, clip(boxes, 12, fps=30))
    scores, frames, tracks = rows(result)
    assert scores.dtype == np.float32 and frames.dtype == tracks.dtype == np.int64
    assert frames.tolist() == sorted([*range(12), *range(3, 9)])
    assert [frames[tracks == track].tolist() for track in (4, 0)] == [[*range(12)], [*range(3, 9)]]
    main = scores[tracks == 4]
    assert result.scores == {
        "speaking_score": round(float(main.mean()), 3),
        "speaking_share": round(float((main > 0).mean()), 4),
    }


def test_chunks_and_minutes_change_nothing(stage, monkeypatch):
    whole, _, _ = rows(result_of(stage, clip({0: dict.fromkeys(range(8), BOX)}, 8)))
    parts, _, _ = rows(result_of(stage, clip({0: dict.fromkeys(range(8), BOX)}, 8, chunk=3)))
    np.testing.assert_array_equal(whole, parts)
    monkeypatch.setattr(speaking, "_ROUND", 4)  # a minute of four pictures: the second half is a clip by itself
    halves, _, _ = rows(result_of(stage, clip({0: dict.fromkeys(range(8), BOX)}, 8)))
    assert len(halves) == 8 and not np.array_equal(whole, halves)


def test_where_the_sound_ends_no_more_is_scored(stage):
    boxes = {0: dict.fromkeys(range(10), BOX), 1: dict.fromkeys(range(8, 10), BOX)}
    _, frames, tracks = rows(result_of(stage, clip(boxes, 10, seconds=0.2)))
    assert frames.tolist() == [0, 1, 2, 3, 4] and set(tracks) == {0}


def test_no_face_no_sound_and_silence(stage):
    result = result_of(stage, clip({}, 3))
    assert isinstance(result, Failure) and result.code == "no-face"
    silent = PicturesClip(
        pictures(3), sound=Sound(np.zeros(900, np.float32), 16000), columns={"faces.msg": table({}, 3)}
    )
    assert isinstance(result_of(stage, silent), NotApplicable)
    late = clip({0: {8: BOX, 9: BOX}}, 10, seconds=0.2)
    assert isinstance(result_of(stage, late), NotApplicable)
    mute = PicturesClip(pictures(3), columns={"faces.msg": table({0: {0: BOX}}, 3)})
    assert isinstance(result_of(stage, mute), NotApplicable)


def test_a_number_of_faces_that_makes_no_sense_is_refused():
    with pytest.raises(UsageError, match=r"speaking\.most must be at least 1, got 0"):
        SpeakingParams(most=0)


def test_a_real_face_speaks_with_its_own_sound_and_a_still_one_does_not(real, monkeypatch):
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(real / "weights"))
    path, count = real / "video" / "aniportrait_pose_ref.mp4", 20
    shown = np.stack(list(islice(frames(path), count)))
    sound = read_sound(path.read_bytes(), rate=16000)
    box = MTCNN(MtcnnWeights.load(), min_face=80).detect(shown[0]).boxes[0]
    columns = {"faces.msg": table({0: dict.fromkeys(range(count), box)}, count)}
    stage = Speaking()
    stage.setup()
    own, still = (
        result_of(stage, PicturesClip(one, sound=sound, columns=columns)).scores
        for one in (shown, np.repeat(shown[:1], count, axis=0))
    )
    assert own["speaking_score"] > 2 and own["speaking_share"] == 1
    assert still["speaking_score"] < 0
