import numpy as np

from faceshards.media.sound import Sound
from faceshards.viewer.pages.clip.sound_pictures import MOST_COLUMNS, heard, spectrum, waveform
from tests.viewer import burned

RATE = 16_000


def tone(hertz, seconds):
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE).astype(np.float32)


def test_a_waveform_has_the_least_and_greatest_sample_of_each_stretch():
    sound = Sound(np.concatenate([np.zeros(RATE, np.float32), tone(440, 1) / 2]), RATE)
    made = waveform(sound)
    assert made.dtype == np.float32 and made.shape[1] == 2 and 1024 < len(made) <= MOST_COLUMNS
    half = len(made) // 2
    assert (made[: half - 1] == 0).all()
    assert np.abs(made[half + 1 : -1].max() - 0.5) < 0.01 and np.abs(made[half + 1 : -1].min() + 0.5) < 0.01


def test_a_tone_is_brightest_at_its_pitch():
    for seconds in (0.5, 40):  # of the longer one several spectra share a column
        made = spectrum(Sound(tone(2000, seconds), RATE))
        assert made.dtype == np.uint8 and len(made) == 128 and made.shape[1] <= MOST_COLUMNS
        middle = made[:, made.shape[1] // 2]
        assert 127 - middle.argmax() == 2000 // 62.5 and middle.max() > 250
        assert middle[:64].max() < 80  # above 4 kHz there is next to nothing


def test_silence_and_sounds_shorter_than_a_window_are_drawn():
    for count in (0, 10, 500):
        assert not spectrum(Sound(np.zeros(count, np.float32), RATE)).any() or count == 0
        assert len(waveform(Sound(np.zeros(count, np.float32), RATE))) <= max(1, count)


def test_what_is_heard_is_of_the_clips_own_span(plain):
    """The tone lasts 5 seconds, the pictures less."""
    sound = heard(plain)
    span = (2 * burned.TIMES[-1] - burned.TIMES[-2]) / 1000
    assert sound.rate == RATE and 4 < span < 5 and abs(sound.duration - span) < 0.05
    assert np.abs(sound.samples[-2000:]).max() > 0.4
