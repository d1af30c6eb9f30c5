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

from faceshards.bench.made_voice import RATE, MadeVoice
from faceshards.media.sound import envelope

FPS, SAMPLES = 25, 640

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
    voice = MadeVoice(tract=own.uniform(0.9, 1.2), pitch=own.uniform(90, 240))
    loudness, vowels = voice.syllables(drawn, frames * SAMPLES)
    sound = (voice.sound(drawn, loudness, vowels) * 32767).astype(np.int16)
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
