"""Each source is packed by the command, and its row says what bounds it. No time is looked at."""

import shutil
import sys
from pathlib import Path

import pytest

from faceshards.bench.shards.pack import measured
from faceshards.bench.shards.scale import ShardScale
from faceshards.errors import FaceshardsError

SCALE = ShardScale(rows=40, packed=4, frame_clips=2, frames=4, runs=1)


@pytest.mark.slow
def test_every_row_is_measured_and_nothing_is_left(tmp_path, monkeypatch):
    pytest.importorskip("imageio", reason="MegActor's packer encodes with it")
    monkeypatch.setattr(measured, "PYTHON", Path(sys.executable))
    figures = list(measured.measure(SCALE, tmp_path))
    assert [figure.unit for figure in figures] == ["rows/s", "x", *["MB/s"] * 5, "x", "x MegActor", "x MegActor"]
    assert all(figure.value > 0 for figure in figures)
    speeds = [figure for figure in figures if figure.unit == "MB/s"]
    assert all("; bound by " in figure.work and figure.peers["MB"] > 0 for figure in speeds)
    assert figures[-2].peers["MegActor MB"] > 0 and figures[-1].target is None and not list(tmp_path.iterdir())


def test_without_the_other_packer_its_row_is_left_out_and_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(measured, "PYTHON", tmp_path / "none")
    assert list(measured._against(SCALE, "frames", tmp_path, tmp_path)) == []
    assert "skipped" in capsys.readouterr().err


@pytest.mark.slow
def test_samples_that_are_rejected_are_no_measure(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(b"no picture")
    shutil.copy(tmp_path / "in" / "a.jpg", tmp_path / "in" / "b.png")
    with pytest.raises(FaceshardsError):
        measured.packed(tmp_path / "in", tmp_path, ("face-decoder",))
