"""Inputs, open: of a long video no more is decoded and held than what is looked at."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

from faceshards.infer.given.media import EVERY, MOST, FileMedia
from faceshards.media.encode import encode
from faceshards.media.video import decode


def talk(frames: int) -> bytes:
    """A grey picture that gets lighter."""
    return encode((np.full((48, 64, 3), number % 200, np.uint8) for number in range(frames)), Fraction(25))


def test_of_a_long_video_half_a_minute_is_decoded_and_a_picture_is_held(tmp_path, monkeypatch):
    seen, whole = [], decode.decoded

    def counted(body, most):
        for picture in whole(body, most):
            seen.append(picture.pts)
            yield picture

    monkeypatch.setattr(decode, "decoded", counted)
    (tmp_path / "long.mp4").write_bytes(talk(EVERY * MOST + 200))
    tracemalloc.start()
    shown = [round(picture.mean()) for picture in FileMedia(tmp_path / "long.mp4").pictures()]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert shown == pytest.approx([number * EVERY % 200 for number in range(MOST)], abs=4)
    assert len(seen) <= EVERY * (MOST - 1) + 1
    assert peak < 20 * 48 * 64 * 3, "and not all that are looked at"
