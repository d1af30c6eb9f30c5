"""What the voice network hears: which windows are kept, where pieces begin, how loud it is."""

import numpy as np
import pytest

from faceshards.curation.stages.voice.hearing import piece_starts, pieces, spoken
from faceshards.media.sound.spectrum import mel


def kept(marks: str) -> str:
    """The rule on windows written as '#' for speech, '.' for none."""
    return "".join(".#"[int(one)] for one in spoken(np.array([mark == "#" for mark in marks])))


def test_a_window_is_kept_where_more_than_half_of_the_eight_around_it_is_speech_and_three_beside_it():
    assert kept("." * 30) == "." * 30 and kept("") == ""
    assert kept("#" * 30) == "#" * 30
    lone = "." * 15 + "####" + "." * 15  # four of eight are not more than half
    assert kept(lone) == "." * 34
    five = "." * 15 + "#####" + "." * 15  # all five fall into the eight windows from 3 before to 4 behind
    assert np.flatnonzero([mark == "#" for mark in kept(five)]).tolist() == [*range(12, 22)]


def test_a_short_pause_stays_and_a_long_one_goes():
    assert "." not in kept("#" * 10 + "." * 5 + "#" * 10)
    assert kept("#" * 10 + "." * 30 + "#" * 10).count(".") == 25


@pytest.mark.parametrize(
    ("seconds", "starts"),
    [
        (0.03, [0]),  # however short
        (1.6, [0]),
        (2.7, [0, 77]),  # the second piece is covered by 193 of its 160 frames
        (1.9, [0]),  # the second would be covered by 113 of 160, less than three quarters
        (10.0, [0, 77, 154, 231, 308, 385, 462, 539, 616, 693, 770, 847][: 1 + (1000 - 120) // 77]),
    ],
)
def test_pieces_begin_every_77_frames_and_the_last_is_mostly_sound(seconds, starts):
    assert piece_starts(round(seconds * 16000)) == starts


def test_pieces_are_the_mel_frames_of_the_speech_and_silence_behind_it():
    speech = np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)
    made, whole = pieces(speech), mel(np.pad(speech, (0, 16_000)), 16000, 40, 400, 160, 400).T
    assert made.shape == (len(piece_starts(48_000)), 160, 40) and made.dtype == np.float32
    for piece, start in zip(made, piece_starts(48_000), strict=True):
        np.testing.assert_allclose(piece, whole[start : start + 160], rtol=1e-4, atol=1e-6)
    short = pieces(speech[:8000])
    assert short.shape == (1, 160, 40) and short[0, :48].all() and not short[0, 53:].any()
