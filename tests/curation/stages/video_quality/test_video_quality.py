"""The stage `video_quality`, on a network whose answer is known."""

import hashlib

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.video_quality import VideoQuality
from faceshards.errors import WeightsError
from faceshards.models.sessions.dover import overall
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS
from tests.curation.on_pictures import PicturesClip, result_of
from tests.models.sessions.test_dover import MEAN, SPREAD, export, one_of

pytest.importorskip("onnxruntime")


def test_each_score_is_of_its_own_view_in_chunks_of_any_size(tmp_path, monkeypatch):
    path = export(tmp_path / "onnx_dover.onnx", one_of(32, 31, 2), one_of(32, 0, 2), 3)
    body = path.read_bytes()
    known = Weights("dover", (path.name,), len(body), hashlib.sha256(body).hexdigest(), "CC0", "a test", "tests")
    monkeypatch.setitem(WEIGHTS, "dover", known)
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path))
    stage = VideoQuality()
    stage.prepare()
    grey = np.arange(64, 192)[:, None, None, None]  # 128 frames
    pictures = np.broadcast_to(grey, (128, 32, 48, 3)).astype(np.uint8)
    results = [result_of(stage, PicturesClip(pictures, chunk=chunk)) for chunk in (7, 50)]
    assert results[0] == results[1] and isinstance(results[0], Outcome)

    def scaled(values: list[int]) -> float:
        return float(np.mean([((64 + value - MEAN) / SPREAD).mean() for value in values]))

    aesthetic, technical = scaled([31 * 4 + 1]), scaled([0, 42, 84])
    assert results[0].scores == pytest.approx(
        {
            "dover_aesthetic": aesthetic,
            "dover_technical": technical,
            "dover_overall": overall(aesthetic, technical),
        },
        abs=1e-3,
    )


def test_without_the_user_s_file_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsError, match="dover"):
        VideoQuality().prepare()
