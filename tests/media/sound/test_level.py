import numpy as np
import pytest

from faceshards.media.sound import level
from faceshards.media.sound.level import envelope, loudness_db, snr_db

RATE = 16000


def test_loudness_is_rms_below_full_scale():
    sine = np.sin(2 * np.pi * 100 * np.arange(RATE) / RATE).astype(np.float32)
    assert loudness_db(sine) == pytest.approx(-3.0103, abs=1e-3)
    assert loudness_db(0.1 * sine) == pytest.approx(-23.0103, abs=1e-3)
    assert loudness_db(np.ones(10, np.float32)) == 0
    assert loudness_db(np.tile([1, -1], 2**20).astype(np.float32)) == 0


def test_snr_is_the_ratio_of_rms_percentiles():
    """Seven tenths of the time at 0.2, the rest at 0.02: P80 / P20 = 10, as a ratio of RMS 10 dB."""
    loud, quiet = np.full(7 * RATE, 0.2, np.float32), np.full(3 * RATE, 0.02, np.float32)
    assert snr_db(np.concatenate([loud, quiet]), RATE) == pytest.approx(10, abs=1e-3)
    assert snr_db(loud, RATE) == pytest.approx(0, abs=1e-6)
    assert snr_db(np.concatenate([loud, 0 * quiet]), RATE) == pytest.approx(10 * np.log10(0.2 / 1e-6), abs=1e-3)


def test_snr_frames_are_25_ms_every_10_ms():
    """A burst of 5 ms every 20 ms is heard in every frame of 25 ms, and missed by half the frames of 10 ms."""
    burst = (np.arange(4 * RATE) % (RATE // 50) < RATE // 200).astype(np.float32)
    assert 0 < snr_db(burst, RATE) < 2


def test_the_envelope_follows_the_amplitude():
    time = np.arange(RATE) / RATE
    amplitude = 0.5 + 0.3 * np.cos(2 * np.pi * 3 * time)
    got = envelope((amplitude * np.sin(2 * np.pi * 1000 * time)).astype(np.float32))
    assert got.dtype == np.float32 and got.shape == (RATE,)
    assert np.abs(got - amplitude).max() < 1e-3


@pytest.mark.parametrize("length", [0, 1, 399, 5000])
def test_silence_gives_numbers(length):
    silence = np.zeros(length, np.float32)
    assert loudness_db(silence) == -120
    assert snr_db(silence, RATE) == 0
    assert envelope(silence).shape == (length,) and not envelope(silence).any()


def test_a_long_sound_is_measured_in_pieces_as_in_one(monkeypatch):
    sound = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    whole = snr_db(sound, 16_000)
    monkeypatch.setattr(level, "_FRAMES", 7)
    assert snr_db(sound, 16_000) == whole
