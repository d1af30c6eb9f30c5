"""A data set in which clips stand twice."""

from fractions import Fraction

import numpy as np
import pytest

from faceshards.__main__ import main
from faceshards.media.encode import encode
from tests.dataset.duplicates.moving import scene

FPS = Fraction(25)


@pytest.fixture(scope="session")
def packed(tmp_path_factory):
    """`set/a.tar`: the halves of a clip, another clip of the room; `set/b.tar`: the halves anew, one scaled."""
    folder, whole = tmp_path_factory.mktemp("twice"), scene(4, 1)
    made = {
        "a/first": (whole[:50], 17),
        "a/second": (whole[50:], 17),
        "a/other": (scene(2, 9), 17),
        "b/second": (whole[50:], 30),
        "b/small": (np.ascontiguousarray(whole[:50, ::2, ::2]), 24),
    }
    for name, (pictures, crf) in made.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / f"{name}.mp4").write_bytes(encode(pictures, FPS, crf=crf))
    for one in ("a", "b"):
        with pytest.raises(SystemExit):
            main(["pack", "clips", str(folder / one), "--out", str(folder / "set"), "--source", one])
    return folder


@pytest.fixture
def twice(packed, monkeypatch):
    monkeypatch.chdir(packed)
    return packed
