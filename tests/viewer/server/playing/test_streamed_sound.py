"""Sound as AAC, piece by piece, in step with the pictures."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from faceshards.media.sound.read import read_sound
from faceshards.viewer.server.playing.streamed_sound import StreamedSound
from tests.viewer.server.playing.conftest import ONSET, recording


def encoded(zero):
    out = io.BytesIO()
    with av.open(io.BytesIO(recording())) as heard, av.open(out, "w", format="mp4") as mp4:
        sound = StreamedSound(heard, heard.streams.audio[0], zero)
        sound.begin(mp4)
        first = sound.packets_until(Fraction(1, 2))
        mp4.mux(first)
        assert sum(packet.duration or 0 for packet in first) < 48000, "no more than was asked for"
        mp4.mux(sound.rest())
    return read_sound(out.getvalue(), 16000)


@pytest.mark.parametrize(
    ("zero", "onset"), [(None, ONSET), (Fraction(1, 2), ONSET - 0.5), (Fraction(-1, 4), ONSET + 0.25)]
)
def test_it_begins_where_the_pictures_do(zero, onset):
    sound = encoded(zero)
    assert np.argmax(np.abs(sound.samples) > 0.25) / 16000 == pytest.approx(onset, abs=0.003)
    assert sound.duration == pytest.approx(1.6 + onset - ONSET, abs=0.05)


def test_a_sound_that_claims_to_begin_in_years_is_none():
    with av.open(io.BytesIO(recording())) as heard, av.open(io.BytesIO(), "w", format="mp4") as mp4:
        sound = StreamedSound(heard, heard.streams.audio[0], Fraction(-(10**9)))
        sound.begin(mp4)
        assert sound.packets_until(Fraction(10**9)) == [] and sound.rest() == []
