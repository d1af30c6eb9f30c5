"""The row of the face mesh is measured beside MediaPipe's own program."""

import math

import pytest

from faceshards.bench.curate import net_face_mesh
from faceshards.bench.curate.scale import CurateScale
from faceshards.errors import UsageError


@pytest.mark.peers
def test_the_stage_mediapipe_and_the_networks_alone_are_measured():
    if not net_face_mesh.PYTHON.exists():
        pytest.skip("`make peers` installs mediapipe")
    (figure,) = net_face_mesh.measure(CurateScale(seconds=1, runs=1))
    assert set(figure.peers) == {"faceshards s", "networks alone s", "mediapipe s"}
    assert all(math.isfinite(value) and value > 0 for value in figure.peers.values())
    assert figure.peers["networks alone s"] < figure.peers["faceshards s"]


def test_without_mediapipe_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(net_face_mesh, "PYTHON", tmp_path / "python")
    with pytest.raises(UsageError, match="MediaPipe is not installed: run `make peers` first"):
        next(net_face_mesh.measure(CurateScale()))
