"""Sounds of speakers, those to train on and those held out, in the folders that `faceshards pack speech-face` takes.

Each speaker has an embedding of their own, drawn at random: which face belongs to a made-up voice, nobody can say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from faceshards.bench.made_voice import RATE, MadeVoice
from faceshards.media.sound import read_sound

#: Seconds that the network hears; shorter sounds repeat.
HEARD = 6.0
#: Numbers of an embedding, not negative: those of VGG-Face.
_EMBEDDING = 4096
# Two speakers have each pitch (Hz), who differ in their throats.
_PITCHES, _TRACTS = (95, 118, 145, 178, 215), (0.88, 1.14)
# Of a real speaker's sound so much is trained on, from its start, in spans of so many seconds: some files last five.
_TRAINED, _SPAN = 0.6, 3.0


@dataclass(frozen=True)
class VoiceSpans:
    """A speaker's sounds, float (N,) at `RATE`: those `trained` on, those `held` out."""

    name: str
    trained: list[np.ndarray]
    held: list[np.ndarray]


def made_speakers(trained: int = 100, held: int = 5) -> Iterator[VoiceSpans]:
    """Ten made-up ones with so many clips of six seconds each. Two by two they have one pitch."""
    for number in range(len(_PITCHES) * len(_TRACTS)):
        own = np.random.default_rng([11, number])
        voice = MadeVoice(
            tract=_TRACTS[number % 2] * own.uniform(0.97, 1.03),
            pitch=_PITCHES[number // 2] * own.uniform(0.97, 1.03),
            tilt=0.09 * (3 * number % 10),
            breath=0.01 * 1.4 ** (7 * number % 10),
            melody=own.uniform(0.03, 0.1),
            pace=own.uniform(0.6, 1),
        )
        clips = [_said(voice, np.random.default_rng([12, number, clip])) for clip in range(trained + held)]
        yield VoiceSpans(f"made{number}", clips[:trained], clips[trained:])


def _said(voice: MadeVoice, drawn: np.random.Generator) -> np.ndarray:
    """A clip, no two of them equally loud."""
    return drawn.uniform(0.3, 1) * voice.sound(drawn, *voice.syllables(drawn, round(HEARD * RATE)))


def real_speakers(folder: Path, trained: int = 110) -> Iterator[VoiceSpans]:
    """Whoever is heard in the files of a folder, one in each. The first 60 % of a file are trained on, in so many spans
    that overlap, the rest is held out, in spans that do not. A side that is shorter than a span is one.
    """
    for file in sorted(folder.iterdir()):
        sound = read_sound(file.read_bytes(), RATE).samples
        edge, size = round(_TRAINED * len(sound)), round(_SPAN * RATE)
        starts = np.linspace(0, max(0, edge - size), trained).astype(int)
        spans = [sound[start : min(start + size, edge)] for start in starts]
        rest = sound[edge:]
        held = [rest[at : at + size] for at in range(0, max(1, len(rest) - size + 1), size)]
        yield VoiceSpans(file.stem, spans, held)


def write_speakers(speakers: Iterable[VoiceSpans], folder: Path) -> dict[str, np.ndarray]:
    """Folders `trained` and `held` of them; their embeddings float32 (4096,) by name."""
    faces = {}
    for number, one in enumerate(speakers):
        faces[one.name] = np.random.default_rng([13, number]).normal(-1, 1, _EMBEDDING).clip(0).astype(np.float32)
        for side, sounds in (("trained", one.trained), ("held", one.held)):
            person = folder / side / one.name
            (person / "audios").mkdir(parents=True, exist_ok=True)
            for clip, sound in enumerate(sounds):
                wavfile.write(person / "audios" / f"{clip:03d}.wav", RATE, (32767 * sound).astype(np.int16))
        (folder / "trained" / one.name / "images").mkdir(exist_ok=True)
        np.save(folder / "trained" / one.name / "images" / "face.npy", faces[one.name])
    return faces
