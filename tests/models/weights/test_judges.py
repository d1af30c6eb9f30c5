"""Networks that judge videos: files that a user makes of published weights are pinned by what they are."""

import hashlib

import pytest

from faceshards.errors import WeightsError
from faceshards.models.weights import registry
from faceshards.models.weights.judges import JUDGES
from faceshards.models.weights.table import WEIGHTS


def test_a_user_s_own_export_of_dover_is_found_once_it_is_pinned(tmp_path, monkeypatch):
    assert all(WEIGHTS[weights.name] is weights for weights in JUDGES)
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path))
    path = tmp_path / "onnx_dover.onnx"
    path.write_bytes(b"an export")
    with pytest.raises(WeightsError, match="pin your file"):
        registry.find("dover")
    registry.record_path(path).write_text(f"{hashlib.sha256(b'an export').hexdigest()}  {path.name}\n")
    assert registry.find("dover") == path
