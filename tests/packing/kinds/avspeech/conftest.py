"""A catalogue and the videos that it names: small ones whose pictures spell their numbers, and real ones."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from faceshards.media.encode import encode
from faceshards.media.sound import Sound

SIX, SECOND = "-rfAAAAAAAA", "BBBBBBBBBB_"


def tone(seconds: float, rate: int = 44100) -> Sound:
    """A tone that rises, so that each moment sounds different."""
    time = np.arange(round(seconds * rate)) / rate
    return Sound((np.sin(2 * np.pi * (200 * time + 60 * time**2)) / 2).astype(np.float32), rate)


@pytest.fixture(scope="session")
def videos(numbered, tmp_path_factory) -> Path:
    """Two videos, of 4 s at 30 pictures a second and of 5 s at 20, each with a rising tone, a keyframe a second."""
    folder = tmp_path_factory.mktemp("videos")
    for link, seconds, fps in ((SIX, 4, 30), (SECOND, 5, 20)):
        body = encode(numbered(seconds * fps), Fraction(fps), sound=tone(seconds))
        (folder / f"{link}.mp4").write_bytes(body)
    return folder


@pytest.fixture
def catalog(tmp_path) -> Callable[..., Path]:
    """catalog(rows..., name, header): the CSV of these rows."""

    def write(*rows: str, name: str = "avspeech_train.csv", header: bool = False) -> Path:
        path = tmp_path / name
        head = ["link,start_time,end_time,pos_x,pos_y"] if header else []
        path.write_text("\n".join([*head, *rows, ""]))
        return path

    return write
