"""Effects on sounds of which it is known what they are: tones, clicks, noise."""

import numpy as np
import pytest

from faceshards.loaders.views.portraits.effects import in_a_room, pitched, without_highs, without_lows

RATE = 16_000


def tone(hertz: float, seconds: float = 2.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def loudest(samples: np.ndarray) -> float:
    """Hz of the strongest part."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * RATE / len(samples))


@pytest.mark.parametrize("semitones", [-7, -0.5, 0, 3, 7])
def test_a_tone_is_pitched_and_lasts_as_long(semitones):
    heard = pitched(tone(440), RATE, semitones)
    assert heard.shape == (32_000,) and heard.dtype == np.float32
    assert loudest(heard) == pytest.approx(440 * 2 ** (semitones / 12), abs=1)
    assert 0.45 < np.abs(heard[-1600:]).max() < 0.55


def test_what_is_said_stays_when_it_is_said():
    """Two bursts; pitched, each is where it was, within a window of the filter."""
    bursts = np.zeros(3 * RATE, np.float32)
    for start in (0.5, 2.1):
        bursts[round(start * RATE) :][: RATE // 5] = tone(300, 0.2)
    for semitones in (-7, 7):
        loud = np.flatnonzero(np.abs(pitched(bursts, RATE, semitones)) > 0.1) / RATE
        groups = np.split(loud, np.flatnonzero(np.diff(loud) > 0.5) + 1)
        assert [group[0] for group in groups] == pytest.approx([0.5, 2.1], abs=0.06)


@pytest.mark.parametrize(("passes", "kept", "lost"), [(without_lows, 4000, 100), (without_highs, 100, 4000)])
def test_bands_are_kept_and_lost(passes, kept, lost):
    assert passes(tone(kept), RATE, 1000).std() == pytest.approx(tone(kept).std(), rel=0.1)
    assert passes(tone(lost), RATE, 1000).std() < 0.1 * tone(lost).std()


def test_a_click_in_a_room_dies_away_by_sixty_decibels():
    click = np.zeros(RATE, np.float32)
    click[1000] = 1
    heard = in_a_room(click, RATE, 0.5, 0.5, np.random.default_rng(3))
    assert np.abs(heard[:1000]).max() < 1e-6 and np.sum(heard**2) == pytest.approx(1, rel=1e-4)
    levels = [20 * np.log10(heard[start : start + 800].std()) for start in (1100, 1100 + 3200)]
    assert levels[0] - levels[1] == pytest.approx(60 * 0.2 / 0.5, abs=3)  # 0.2 s later
    assert np.array_equal(heard, in_a_room(click, RATE, 0.5, 0.5, np.random.default_rng(3)))


def test_silence_and_the_shortest_sound_come_back():
    for effect in (pitched, without_lows, without_highs):
        assert not effect(np.zeros(100, np.float32), RATE, 5).any()
    assert in_a_room(np.zeros(9, np.float32), RATE, 0.2, 0.5, np.random.default_rng(0)).tolist() == [0] * 9
