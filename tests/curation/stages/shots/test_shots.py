"""The stage `shots`: planted cuts, and what PySceneDetect itself says of the file."""

import hashlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.shots import Shots, ShotsParams
from faceshards.errors import UsageError, WeightsError
from faceshards.media.encode import encode
from faceshards.media.video.decode import frames
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS
from tests.curation.on_pictures import PicturesClip, result_of
from tests.models.sessions.test_transnet import export

scenedetect = pytest.importorskip("scenedetect")


def scene(seed: int, count: int, size: tuple[int, int] = (120, 160)) -> np.ndarray:
    """uint8 (count, H, W, 3): coloured squares that drift a pixel a frame."""
    rng = np.random.default_rng(seed)
    ground = rng.integers(0, 255, (size[0] // 20, size[1] // 20, 3), np.uint8).repeat(20, axis=0).repeat(20, axis=1)
    return np.stack([np.roll(ground, number, axis=1) for number in range(count)])


def look(pictures: np.ndarray, params: ShotsParams | None = None, **given) -> dict:
    stage = Shots(params)
    stage.prepare()
    result = result_of(stage, PicturesClip(pictures, **given))
    assert isinstance(result, Outcome) and result.columns == {}, result
    return dict(result.scores)


@pytest.mark.parametrize("chunk", [1, 5, 90])
def test_cuts_are_found_where_they_were_made(chunk):
    pictures = np.concatenate([scene(1, 20), scene(2, 45), scene(3, 25)])
    assert look(pictures, chunk=chunk, fps=Fraction(30)) == {
        "shots": 3, "shot_cuts": [20, 65], "longest_shot": 1.5,
    }  # fmt: skip


def test_without_a_cut_the_clip_is_one_shot():
    assert look(scene(1, 30)) == {"shots": 1, "shot_cuts": [], "longest_shot": 1.2}
    assert look(scene(1, 1)) == {"shots": 1, "shot_cuts": [], "longest_shot": 0.04}


def test_shots_have_a_least_length_and_a_threshold():
    pictures = np.concatenate([scene(1, 20), scene(2, 4), scene(3, 30)])
    assert look(pictures)["shot_cuts"] != look(pictures, ShotsParams(least=2))["shot_cuts"] == [20, 24]
    assert look(pictures, ShotsParams(threshold=255))["shots"] == 1


@pytest.mark.parametrize("threshold", [10.0, 27.0])
def test_it_says_of_a_file_what_pyscenedetect_says(tmp_path: Path, threshold: float):
    made = [scene(7, 40, (240, 320)), scene(8, 20, (240, 320)), scene(9, 33, (240, 320)), scene(7, 30, (240, 320))]
    (tmp_path / "clip.mp4").write_bytes(body := encode(np.concatenate(made), Fraction(25)))
    manager = scenedetect.SceneManager()
    manager.add_detector(scenedetect.ContentDetector(threshold, 15))
    manager.detect_scenes(scenedetect.open_video(str(tmp_path / "clip.mp4"), backend="pyav"))
    theirs = [start.frame_num for start, _ in manager.get_scene_list()][1:]
    found = look(np.stack(list(frames(body))), ShotsParams(threshold=threshold))
    assert found["shot_cuts"] == theirs == [40, 60, 93]


def test_passages_are_found_by_a_network_in_chunks_of_any_size(tmp_path, monkeypatch):
    """Bright frames are its passages: a cut is one of them, a slow one several."""
    pytest.importorskip("onnxruntime")
    path = export(tmp_path / "transnetv2.onnx")
    body = path.read_bytes()
    known = Weights("transnetv2", (path.name,), len(body), hashlib.sha256(body).hexdigest(), "CC0", "a test", "tests")
    monkeypatch.setitem(WEIGHTS, "transnetv2", known)
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path))
    pictures = np.zeros((230, 54, 96, 3), np.uint8)
    pictures[[59, *range(130, 140)]] = 255
    params = ShotsParams(backend="transnetv2")
    for chunk in (7, 90):
        found = look(pictures, params, chunk=chunk, fps=Fraction(10))
        assert found == {"shots": 3, "shot_cuts": [60, 140], "longest_shot": 9.0}
    assert Shots(params).record == {"backend": "transnetv2", "likely": 0.5}
    assert Shots().record == {"threshold": 27.0, "least": 15}


def test_parameters_that_make_no_sense_and_a_backend_without_its_file_are_said(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match=r"shots\.backend must be one of content, transnetv2, got 'x'"):
        ShotsParams(backend="x")
    with pytest.raises(UsageError, match=r"shots\.threshold must be above 0 and at most 255, got -3"):
        ShotsParams(threshold=-3.0)
    with pytest.raises(UsageError, match=r"shots\.least must be at least 1 frame, got 0"):
        ShotsParams(least=0)
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsError, match="transnetv2"):
        Shots(ShotsParams(backend="transnetv2")).prepare()
