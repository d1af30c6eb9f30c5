import io
from fractions import Fraction

import av
import pytest

from faceshards.media.cutting.edit_list import end_tracks
from faceshards.media.probe import probe
from faceshards.media.sound.read import read_sound


def test_tracks_end_where_they_are_told_to_and_are_never_drawn_out(long):
    body = bytearray(long())
    end_tracks(body, [Fraction(1), Fraction(1, 2)])
    assert probe(bytes(body)).frames == 25 and read_sound(bytes(body)).duration == pytest.approx(0.5, abs=0.024)
    end_tracks(body, [Fraction(3), Fraction(3)])
    assert probe(bytes(body)).frames == 25


def test_silence_before_a_track_counts(long):
    body = bytearray(long(begins=0.5))
    end_tracks(body, [Fraction(8, 5), Fraction(1)])
    with av.open(io.BytesIO(body)) as container:
        last = [packet for packet in container.demux(audio=0) if packet.size and not packet.is_discard][-1]
        assert float(last.pts * last.time_base) < 1.001
