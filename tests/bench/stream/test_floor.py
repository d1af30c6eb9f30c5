"""The parts of a window's cost: the formula that colours are held against, and what stays behind."""

import subprocess
import sys

import numpy as np
import pytest

from faceshards.bench.stream.floor import _COLOURS, _busy, _flat, _rgb, _say


@pytest.mark.parametrize(
    ("colour", "rgb"),
    [  # 100 % colour bars (ITU-R BT.601-7, and any table of them)
        ((235, 128, 128), (255, 255, 255)),
        ((16, 128, 128), (0, 0, 0)),
        ((81, 90, 240), (255, 0, 0)),
        ((145, 54, 34), (0, 255, 0)),
        ((41, 240, 110), (0, 0, 255)),
        ((210, 16, 146), (255, 255, 0)),
    ],
)
def test_the_formula_is_that_of_the_standard(colour, rgb):
    assert _rgb(colour) == pytest.approx(np.array(rgb), abs=2)


@pytest.mark.parametrize("colour", _COLOURS)
def test_ffmpeg_s_own_conversion_is_near_to_it(colour):
    assert _flat(colour).to_ndarray(format="rgb24").reshape(-1, 3).mean(axis=0) == pytest.approx(_rgb(colour), abs=2.5)


def test_the_median_of_the_runs_is_told_in_milliseconds(capsys):
    clock = iter(np.cumsum([0, 0.003] * 7 + [0, 0.001, 0, 9.0] * 4))
    runs = []
    _say("something", lambda: runs.append(1), lambda: float(next(clock)))
    assert capsys.readouterr().out.split() == ["3.00", "ms", "time", "something"] and len(runs) == 15


def test_those_who_keep_the_cores_busy_end_with_the_block():
    with _busy():
        during = _spinning()
    assert during and not _spinning() & during


def _spinning() -> set[str]:
    """The processes that do nothing at full speed."""
    said = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return {line.split()[0] for line in said.splitlines() if line.endswith(f"{sys.executable} -c while True: pass")}
