"""Raw input for the demo: a VFHQ-like zip of numbered frames, and a folder of mp4 clips with sound, two of them
bad.
"""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from itertools import repeat
from pathlib import Path

import numpy as np
from PIL import Image

from faceshards.bench.demo.portraits import DemoPortrait, portraits, scenery
from faceshards.bench.demo.puppet import animate
from faceshards.bench.demo.voice import RATE, loudness_per_frame, speak
from faceshards.media.encode import encode
from faceshards.media.sound import Sound

FPS = 25
_ZIP_CLIPS, _ZIP_FRAMES = 2, 40
_SOUND_CLIPS, _SOUND_SECONDS = 3, 4.0


def make_raw(folder: Path) -> tuple[Path, Path]:
    """Makes `group124.zip` and `clips/` in `folder` unless they are there; returns both paths.

    Per person two silent clips of frames and three mp4 clips with a voice; among the clips one shows no face
    and one is cut short, so that the report has something to account for. What is there is whole: each is made
    aside and renamed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    archive, clips = folder / "group124.zip", folder / "clips"
    if not archive.exists():
        _make_zip(archive.with_suffix(".part"), portraits())
        os.replace(archive.with_suffix(".part"), archive)
    if not clips.exists():
        part = folder / "clips.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        _make_clips(part)
        os.replace(part, clips)
    return archive, clips


def talking_clips(folder: Path | str, takes: int = 2, seconds: float = 2.0) -> list[Path]:
    """Makes short clips in which the two portraits talk, what the notebooks of `examples` begin with; their paths.

    `collins_00.mp4`, `collins_01.mp4`, ..., `hopper_00.mp4`, ...: `takes` of each person, 320 x 320 pixels, 25 pictures
    a second, sound at 16 kHz; the same bytes each time. Raises SourceError where a package that ships a portrait is
    absent.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for person, portrait in enumerate(portraits()):
        for take in range(takes):
            paths.append(folder / f"{portrait.identity}_{take:02d}.mp4")
            paths[-1].write_bytes(_talking(portrait, 100 + 10 * person + take, seconds))
    return paths


def _make_zip(path: Path, people: list[DemoPortrait]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for person, portrait in enumerate(people):
            for take in range(_ZIP_CLIPS):
                name = f"Clip+{portrait.identity}+P{person}+C{take}+F0-{_ZIP_FRAMES - 1}"
                for number, frame in enumerate(_silent(portrait, seed=10 * person + take)):
                    archive.writestr(zipfile.ZipInfo(f"{name}/{number:08d}.png"), _png(frame))


def _silent(portrait: DemoPortrait, seed: int) -> Iterator[np.ndarray]:
    voice = speak(portrait.pitch, _ZIP_FRAMES / FPS, seed)
    return animate(portrait, loudness_per_frame(voice, FPS, _ZIP_FRAMES), FPS, seed)


def _png(frame: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(frame).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _make_clips(folder: Path) -> None:
    talking_clips(folder, _SOUND_CLIPS, _SOUND_SECONDS)
    voice = Sound(speak(120.0, 2.0, 7), RATE)
    (folder / "coffee_00.mp4").write_bytes(encode(repeat(scenery(), 2 * FPS), Fraction(FPS), sound=voice))
    whole = next(iter(sorted(folder.glob("*_00.mp4")))).read_bytes()
    (folder / "cut_short_00.mp4").write_bytes(whole[: len(whole) // 2])


def _talking(portrait: DemoPortrait, seed: int, seconds: float) -> bytes:
    voice = speak(portrait.pitch, seconds, seed)
    frames = round(seconds * FPS)
    pictures = animate(portrait, loudness_per_frame(voice, FPS, frames), FPS, seed)
    return encode(pictures, Fraction(FPS), sound=Sound(voice, RATE))
