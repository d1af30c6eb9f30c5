"""The stage `hyperiqa`, on a network whose answer is known."""

import hashlib

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.hyperiqa import HyperIqaScore
from faceshards.errors import WeightsError
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS
from tests.curation.on_pictures import PicturesClip, result_of
from tests.models.sessions.test_hyper_iqa import export

pytest.importorskip("onnxruntime")


@pytest.mark.parametrize(("frames", "seen"), [(1, [0, 0, 0]), (2, [0, 1, 1]), (9, [0, 4, 8]), (40, [0, 20, 39])])
def test_it_is_the_mean_of_the_first_the_middle_and_the_last_picture(tmp_path, monkeypatch, frames, seen):
    path = export(tmp_path / "hyperiqa.onnx")
    body = path.read_bytes()
    known = Weights("hyperiqa", (path.name,), len(body), hashlib.sha256(body).hexdigest(), "CC0", "a test", "tests")
    monkeypatch.setitem(WEIGHTS, "hyperiqa", known)
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path))
    stage = HyperIqaScore()
    stage.prepare()
    reds = np.arange(frames) ** 2 % 251
    pictures = np.zeros((frames, 240, 320, 3), np.uint8)
    pictures[..., 0] = reds[:, None, None]
    result = result_of(stage, PicturesClip(pictures, chunk=7))
    assert isinstance(result, Outcome), result
    expected = float(np.mean([(reds[one] / 255 - 0.485) / 0.229 for one in seen]))
    assert result.scores == {"hyperiqa": pytest.approx(expected, abs=2e-3)}


def test_without_the_user_s_file_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsError, match="hyperiqa"):
        HyperIqaScore().prepare()
