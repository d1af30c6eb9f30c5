"""Made-up talkers: sounds of syllables, and codes of faces of which it is known what the sound tells.

The jaw opens as the sound swells, the expression says which vowel is heard, details follow the expression. Head poses
wander by themselves and shapes stay, so nothing can be learned of them. Every person has a pitch, a vocal tract, a
shape and a way of opening the jaw of their own; all numbers are drawn from the person's and the sequence's seeds.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
from scipy.io import wavfile
from scipy.signal import lfilter

from faceshards.media.sound import envelope

FPS, RATE, SAMPLES = 25, 16000, 640

# Formants in Hz of four vowels (Peterson and Barney 1952, men: i, a, u, ae), and how wide they are.
_VOWELS = np.array([(270, 2290, 3010), (730, 1090, 2440), (300, 870, 2240), (660, 1720, 2410)])
_WIDE = (80, 120, 160)
#: How wide the jaw opens in radians, in the loudest syllable of an average person.
_JAW = 0.2
# The same of all people: what a vowel looks like, and the wrinkles of an expression.
_LOOKS = np.random.default_rng(9).normal(size=(4, 50))
_WRINKLES = 0.01 * np.random.default_rng(10).normal(size=(50, 128))


def write_talkers(folder: Path, persons: int, sequences: int, seconds: float, seed: int = 0) -> Path:
    """Folders `V2-M003-neutral-00001` and so on in `folder`, with the eleven files of 3DXTalker's data set."""
    for person in range(persons):
        for number in range(sequences):
            path = folder / f"V2-M{person:03d}-neutral-{number:05d}"
            path.mkdir(parents=True)
            sound, arrays = talker(seed + person, number, seconds)
            wavfile.write(path / "audio.wav", RATE, sound)
            for name, array in {**arrays, "envelope": envelope(sound / np.float32(32768))}.items():
                np.save(path / f"{name}.npy", array.astype(np.float32))
            (path / "metadata.pkl").write_bytes(pickle.dumps(None))
    return folder


def talker(person: int, number: int, seconds: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A sequence: its sound, int16 (S,), and the arrays of its frames by the names of their files."""
    own, drawn = np.random.default_rng([7, person]), np.random.default_rng([8, person, number])
    frames = round(seconds * FPS)
    loudness, vowels = _syllables(drawn, frames * SAMPLES)
    sound = (_spoken(own, drawn, loudness, vowels) * 32767).astype(np.int16)
    swell = loudness.reshape(frames, SAMPLES).mean(axis=1)
    heard = (vowels * loudness).reshape(4, frames, SAMPLES).mean(axis=2).T
    exp = heard @ _LOOKS + 0.1 * drawn.normal(size=(frames, 50))
    pose = 0.004 * drawn.normal(size=(frames, 6))
    pose[:, :3] = np.cumsum(0.01 * drawn.normal(size=(frames, 3)), axis=0)
    pose[:, 3] += _JAW * own.uniform(0.8, 1.2) * swell
    return sound, {
        "shapecode": own.normal(size=100) + 0.02 * drawn.normal(size=(frames, 100)),
        "expcode": exp,
        "posecode": pose,
        "detailcode": exp @ _WRINKLES + 0.02 * drawn.normal(size=(frames, 128)),
        "cam": np.zeros((frames, 3)),
        "lightcode": np.zeros((frames, 9, 3)),
        "texcode": np.zeros((frames, 50)),
        "refimg": np.zeros((3, 224, 224)),
    }


def _syllables(drawn: np.random.Generator, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Loudness in 0..1, (S,), and which of four vowels is heard, (4, S): syllables of 0.12 to 0.3 s, some pauses."""
    loudness, vowels, at = np.zeros(samples), np.zeros((4, samples)), int(drawn.uniform(0, 0.3) * RATE)
    while at < samples:
        length = min(int(drawn.uniform(0.12, 0.3) * RATE), samples - at)
        loudness[at : at + length] = drawn.uniform(0.3, 1) * np.hanning(length)
        vowels[drawn.integers(4), at : at + length] = 1
        at += length + int((drawn.uniform(0.2, 0.6) if drawn.random() < 0.2 else drawn.uniform(0, 0.05)) * RATE)
    return loudness, vowels


def _spoken(
    own: np.random.Generator, drawn: np.random.Generator, loudness: np.ndarray, vowels: np.ndarray
) -> np.ndarray:
    """Pulses of a pitch through the formants of each vowel, and breath: float64 (S,) within -1..1."""
    samples = len(loudness)
    tract, pitch = own.uniform(0.9, 1.2), own.uniform(90, 240)
    every = np.arange(0, samples + RATE, RATE)
    wander = np.interp(np.arange(samples), every, 1 + 0.1 * drawn.normal(size=len(every)))
    phase = np.cumsum(pitch * wander / RATE)
    pulses = np.diff(np.floor(phase), prepend=0) + 0.02 * drawn.normal(size=samples)
    sound = np.zeros(samples)
    for vowel, formants in enumerate(_VOWELS):
        heard = pulses
        for middle, wide in zip(formants * tract, _WIDE, strict=True):
            radius = np.exp(-np.pi * wide / RATE)
            heard = lfilter([1 - radius], [1, -2 * radius * np.cos(2 * np.pi * middle / RATE), radius**2], heard)
        sound += vowels[vowel] * heard / np.abs(heard).max()
    return 0.8 * sound * loudness + 0.002 * drawn.normal(size=samples).clip(-4, 4)
