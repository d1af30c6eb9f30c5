"""Which clips hold a window, by what the index says of them."""

import numpy as np
import pytest

from faceshards.errors import UsageError
from faceshards.loaders import ShardDataset, Window
from faceshards.loaders.units.fitted import fitted
from tests.loaders.units.conftest import write


def test_clips_that_lack_what_a_window_wants(numbered, made, tmp_path):
    clips = {"long": made(numbered(30)), "short": made(numbered(10)), "bare": made(numbered(30))}
    path = write(tmp_path / "a.tar", clips, **{"box.npy": lambda frames: np.tile([0, 0, 8, 8.0], (frames, 1))})
    plan = ShardDataset(path, ["mp4", "json", "box.npy"], window=Window(1, crop="box.npy")).plan
    assert fitted(plan, Window(10, crop="box.npy"), ["mp4"], "error") is plan
    assert fitted(plan, Window(20), ["mp4"], "skip").keys.to_pylist() == ["long", "bare"]
    with pytest.raises(UsageError, match=r"1 of 3 clips are too short for 20 frames, first 'short': .*frames >= 20"):
        fitted(plan, Window(20), ["mp4"], "error")
    with pytest.raises(UsageError, match=r"3 of 3 clips have no other.npy"):
        fitted(plan, Window(10, crop="other.npy"), ["mp4"], "skip")
