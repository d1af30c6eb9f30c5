"""What an epoch of windows costs, before it runs."""

import numpy as np
import pytest

from faceshards.loaders import ShardDataset, Window
from tests.loaders.units.conftest import write


def test_explain_says_about_what_windows_cost(numbered, made, tmp_path):
    clip = made(numbered(400), "mp4", "libx264", {"g": "25"})
    columns = {"x.npy": lambda frames: np.zeros((frames, 3))}
    path = write(tmp_path / "data" / "a.tar", {f"clip{number}": clip for number in range(24)}, **columns)
    dataset = ShardDataset(path, ["mp4", "x.npy"], window=Window(50))
    said = dataset.explain()
    loader = dataset.loader(24)
    list(loader)
    assert said.requests == loader.requests == 24 * 4  # json, table, packets, x.npy
    assert said.nbytes == pytest.approx(loader.bytes_read, rel=0.2)
