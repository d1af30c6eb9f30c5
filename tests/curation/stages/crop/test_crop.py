"""The stage `crop`: its video and its path are one; no black, no jitter, no faces, too large faces."""

from fractions import Fraction
from itertools import islice

import numpy as np
import pytest

from faceshards.curation.engine import Failure, Outcome
from faceshards.curation.stages.crop import Crop, CropParams
from faceshards.curation.stages.faces.faces import Faces
from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.errors import UsageError
from faceshards.media.geometry import apply, warp
from faceshards.media.probe import probe
from faceshards.media.video.decode import frames
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, result_of, results_of

FIVE = [[20.0, 20], [40, 20], [30, 32], [23, 45], [37, 45]]


def table(boxes: list[list[float]], size: tuple[int, int], frames: int | None = None) -> dict:
    """A face of one track in the first frames."""
    count = len(boxes)
    points = [[[x + box[0], y + box[1]] for x, y in FIVE] for box in boxes]
    rows = {"frame": list(range(count)), "track": [0] * count, "box": boxes, "points": points, "score": [1.0] * count}
    return {"size": list(size), "frames": frames or count, **rows, "full": [True] * count}


def noise(count: int, height: int, width: int) -> np.ndarray:
    """Smooth coloured pictures without a dark place."""
    y, x = np.mgrid[:height, :width] / 20
    waves = np.stack([np.sin(x), np.cos(y), np.sin(x + y)], axis=-1)
    return np.stack([(160 + 60 * np.roll(waves, 2 * n, axis=1)).astype(np.uint8) for n in range(count)])


def cropped(
    pictures: np.ndarray, faces: dict, params: CropParams, **facts: float
) -> tuple[Outcome, np.ndarray, np.ndarray]:
    clip = PicturesClip(pictures, columns={"faces.msg": faces}, fps=Fraction(30), facts=facts)
    result = result_of(ready(Crop(params))[0], clip)
    assert isinstance(result, Outcome), result
    shown = np.stack(list(frames(result.columns["crop.mp4"])))
    return result, shown, decode("crop_matrix.npy", result.columns["crop_matrix.npy"])


@pytest.mark.parametrize("rule", ["track", "aligned", "avspeech"])
def test_the_video_is_what_the_matrices_say_and_nothing_of_it_is_black(rule):
    pictures = noise(12, 120, 200)
    boxes = [[4.0 * n, 2, 4 * n + 60, 62] for n in range(9)]  # gone in the last three frames; at the edge at first
    params = CropParams(160, rule)
    result, shown, matrices = cropped(pictures, table(boxes, (200, 120), 12), params, pos_x=0.2, pos_y=0.2)
    assert shown.shape == (12, 160, 160, 3) and matrices.shape == (12, 2, 3) and matrices.dtype == np.float32
    again = np.stack(
        [warp(p, m.astype(np.float64), (160, 160), "edge") for p, m in zip(pictures, matrices, strict=True)]
    )
    assert np.abs(shown.astype(int) - again).mean() < 4 and shown.min() > 60
    assert result.scores["crop_share"] == 0.75
    assert (result.scores["crop_beyond"] > 0) == (rule == "aligned")
    assert probe(result.columns["crop.mp4"]).scalars()["fps"] == [30, 1]
    assert result.media["crop.mp4"]["codec"] == "h264"


def test_the_face_stays_where_it_is_in_the_crop():
    boxes = [[40.0 + n, 30, 100 + n, 90] for n in range(20)]
    _, _, matrices = cropped(noise(20, 160, 200), table(boxes, (200, 160)), CropParams(224))
    middles = np.stack([apply(m, [70.0 + n, 60]) for n, m in enumerate(matrices.astype(np.float64))])
    assert np.abs(middles[5:15] - 112).max() < 1


def test_without_a_face_there_is_nothing_to_cut_out():
    empty = {**table([], (40, 30)), "frames": 7}
    clip = PicturesClip(noise(7, 30, 40), columns={"faces.msg": empty})
    assert result_of(Crop(), clip) == Failure("no-face", "no face to cut out in any of 7 frames")


@pytest.mark.parametrize("value", [{"box": []}, [1, 2], {"frame": 3, "size": 4}])
def test_a_column_of_another_form_is_that_clip_s_failure(value):
    result = result_of(Crop(), PicturesClip(noise(1, 30, 40), columns={"faces.msg": value}))
    assert isinstance(result, Failure) and result.code == "bad-column" and "faces.msg" in result.reason


def test_the_rule_of_avspeech_asks_for_the_place():
    clip = PicturesClip(noise(1, 30, 40), columns={"faces.msg": table([[0.0, 0, 9, 9]], (40, 30))})
    result = result_of(Crop(CropParams(160, "avspeech")), clip)
    assert isinstance(result, Failure) and result.code == "bad-column" and "pos_x" in result.reason


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": 161}, "crop.size must be even, from 32 to 1024, got 161"),
        ({"size": 2048}, "got 2048"),
        ({"rule": "square"}, "crop.rule must be one of track, aligned, avspeech, got 'square'"),
        ({"margin": -0.1}, "crop.margin must be from 0 to 10, got -0.1"),
        ({"smooth": 0}, "crop.smooth must be from 1 to 500 frames, got 0"),
        ({"smooth": 10**9}, "crop.smooth must be from 1 to 500 frames, got 1000000000"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(given, message):
    with pytest.raises(UsageError, match=message):
        CropParams(**given)


def test_on_a_real_clip_the_path_is_calm_and_the_face_is_always_in_the_crop(real):
    pictures = np.stack(list(islice(frames(real / "video" / "livep_d10.mp4"), 40)))
    stages = ready(Faces(), Crop(CropParams(160, "aligned")))
    found = results_of(stages, PicturesClip(pictures, chunk=32))
    matrices = decode("crop_matrix.npy", found["crop"].columns["crop_matrix.npy"]).astype(np.float64)
    faces = FaceArrays.of(decode("faces.msg", found["faces"].columns["faces.msg"]))
    five = np.stack([apply(m, points) for m, points in zip(matrices, faces.points, strict=True)])
    assert five.min() > 30 and five.max() < 130
    back = np.linalg.inv(matrices[:, :, :2])
    middles = np.einsum("nij,nj->ni", back, 80 - matrices[:, :, 2])
    raw = faces.points.mean(axis=1)
    assert np.abs(np.diff(middles, 2, axis=0)).mean() < 0.3 * np.abs(np.diff(raw, 2, axis=0)).mean()
