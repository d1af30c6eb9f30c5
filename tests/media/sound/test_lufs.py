"""Loudness by ITU-R BS.1770-4: the standard's own coefficients and tones, EBU Tech 3341's, and another program's."""

import numpy as np
import pytest

from faceshards.media.sound.lufs import k_weighting, lufs
from faceshards.media.sound.read import read_sound


def tone(seconds: float, db: float, rate: int = 16_000) -> np.ndarray:
    return (10 ** (db / 20) * np.sin(2 * np.pi * 997 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def test_at_48_khz_the_filters_are_those_that_the_standard_lists():
    shelf, cut = k_weighting(48_000)
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585], abs=1e-9
    )
    assert cut == pytest.approx([1, -2, 1, 1, -1.99004745483398, 0.99007225036621], abs=1e-9)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_tone_of_997_hz_at_full_scale_in_one_channel_is_minus_3(rate):
    assert lufs(tone(2, 0, rate), rate) == pytest.approx(-3.01, abs=0.05)


def test_soft_passages_do_not_count_against_loud_ones():
    """EBU Tech 3341, cases 3 and 4, in one channel: 3 dB less than its two."""
    soft, louder, low = tone(2, -36), tone(12, -23), tone(2, -72)
    for parts in ([soft, louder, soft], [low, soft, louder, soft, low]):
        assert lufs(np.concatenate(parts), 16_000) == pytest.approx(-26.0, abs=0.1)


def test_a_short_sound_is_one_block_and_silence_is_the_gate():
    assert lufs(tone(0.05, -20), 16_000) == pytest.approx(-23, abs=0.5)
    assert lufs(tone(0.3, -20), 16_000) == pytest.approx(-23, abs=0.3)
    assert lufs(np.zeros(0, np.float32), 16_000) == lufs(np.zeros(40_000, np.float32), 16_000) == -70


def test_parts_of_ten_seconds_are_filtered_as_one():
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000 * 25).astype(np.float32)
    whole = lufs(noise, 16_000)
    assert whole == pytest.approx(lufs(noise[: 16_000 * 9], 16_000), abs=0.05)  # no seam is heard


def test_it_is_what_pyloudnorm_says_of_real_speech(real):
    """By the filters of the standard; its own default ones are rounded, and 0.1 LU off."""
    pyloudnorm = pytest.importorskip("pyloudnorm")
    for name in ("jfk.flac", "hallo_1.wav", "libri_32.flac"):
        sound = read_sound((real / "audio" / name).read_bytes())
        assert lufs(sound.samples, 16_000) == pytest.approx(
            pyloudnorm.Meter(16_000, filter_class="DeMan").integrated_loudness(sound.samples), abs=0.02
        )
