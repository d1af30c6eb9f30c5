"""Clips to curate: the demo's two portraits talking, and the moving pictures of the loader's bench."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np

from faceshards.bench.demo.portraits import portraits
from faceshards.bench.demo.puppet import animate
from faceshards.bench.demo.voice import RATE, loudness_per_frame, speak
from faceshards.bench.stream.clips import DEFAULTS, FPS, ClipKind, frames
from faceshards.bench.stream.clips import encode as encoded_kind
from faceshards.media.encode import encode
from faceshards.media.probe import probe
from faceshards.media.sound import Sound
from faceshards.media.sound.read import resample
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

_MADE = Provenance("pack", 1)
#: How much of the sensor's grain lies on a talking face, levels.
_GRAIN = 1.5
_STEREO_RATE = 44_100


def talking(side: int, seconds: float, number: int) -> tuple[str, bytes]:
    """Who talks, one of two people in turn, and an mp4 of it with a voice."""
    people = portraits()
    portrait = people[number % len(people)]
    count = round(seconds * FPS)
    voice = speak(portrait.pitch, seconds, number)
    moving = animate(portrait, loudness_per_frame(voice, FPS, count), FPS, number)
    pictures = _grainy((cv2.resize(one, (side, side), interpolation=cv2.INTER_CUBIC) for one in moving), number)
    return portrait.identity, encode(pictures, Fraction(FPS), sound=Sound(voice, RATE))


def _grainy(pictures: Iterator[np.ndarray], seed: int) -> Iterator[np.ndarray]:
    random = np.random.default_rng(seed)
    for picture in pictures:
        grain = random.normal(0, _GRAIN, (*picture.shape[:2], 1)).astype(np.float32)
        yield np.clip(picture + grain, 0, 255).astype(np.uint8)


def moving(side: int, seconds: int, number: int) -> bytes:
    """A silent mp4 with x264's defaults, as most clips come."""
    return encoded_kind(ClipKind(side, seconds, tuple(DEFAULTS.items()), number))


def brief(side: int, count: int, number: int) -> bytes:
    """A silent mp4 of so many frames."""
    return encode(frames(side, count, number), Fraction(FPS))


def lasting(side: int, seconds: int) -> bytes:
    """An mp4 with a voice in stereo at 44.1 kHz, of any length: some seconds of both, again and again."""
    pictures = list(frames(side, 2 * FPS, 0))
    voice = np.resize(resample(speak(120.0, 10.0, 0), RATE, _STEREO_RATE), seconds * _STEREO_RATE)
    sound = Sound(np.stack([voice, 0.5 * voice], axis=1), _STEREO_RATE)
    return encode(islice(cycle(pictures), seconds * FPS), Fraction(FPS), sound=sound)


def write(path: Path, clips: Sequence[tuple[str, bytes]], count: int | None = None) -> Path:
    """A shard of `count` clips, those that are given in turn: (who is seen, mp4)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = [(who, body, *_facts(body)) for who, body in clips]
    with ShardWriter(path, provenance=[_MADE], durable=False) as writer:
        for number in range(len(clips) if count is None else count):
            who, body, facts, table = known[number % len(known)]
            named = {"name": f"{who} {number}", "identity": who, **facts}
            writer.add(f"clip{number:06d}", {"json": named, "mp4": body, "mp4.packets.npy": table})
    return path


def _facts(body: bytes) -> tuple[dict[str, object], np.ndarray]:
    table, media = packet_table(body)
    made = {"mp4": _MADE.fingerprint}
    return {"container": "mp4", "failures": [], **probe(body).scalars(), "media": {"mp4": media}, "made": made}, narrow(
        table
    )


def copied(shard: Path, folder: Path) -> Path:
    """A copy of a shard and its index in a new folder, to be enriched."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in (shard, shard.with_suffix(".parquet")):
        shutil.copy(path, folder)
    return folder / shard.name
