"""The way back: the folders that speech_separation's scripts make and read.

data/audio/catalog/avspeech_train.csv                  row i stands in line i behind the header, as it was packed
data/audio/audio_train/trim_audio_train{i}.wav         the first 3.0 s, 16 kHz mono, 16-bit PCM
data/audio/norm_audio_train/trim_audio_train{i}.wav    the same over its peak, 32-bit floats
data/video/frames/{i}-%02d.jpg                         75 pictures, 25 a second, from 01 on
data/video/face_input/frame_{i}_{jj}.jpg               160x160, where the shard has `crop.mp4` with a face in each frame
data/video/valid_frame.txt                             a line `frame_{i}` of each clip with such faces

Where the scripts fail, the right thing: the catalogue has the header that their video side reads; the frames are 75 and
no more; a silent clip is normalised to zeros, where they write NaN; no clip is listed twice as valid. Rows of the
catalogue that are not in the shards are lines without values, so that each number still names its row.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from itertools import chain
from typing import Any

import numpy as np

from faceshards.errors import ClipError, ColumnError, DamagedShard, UsageError
from faceshards.media.clip import Clip
from faceshards.media.picture import encode_jpg, scaled
from faceshards.packing.kinds.avspeech.catalog import HEADER
from faceshards.packing.kinds.avspeech.kind import wav
from faceshards.packing.kinds.avspeech.segment import FPS, RATE
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.storage.url import Place

_SECONDS = 3
_FRAMES, _SAMPLES = _SECONDS * FPS, _SECONDS * RATE
_FACE = (160, 160)
_CROP = "crop.mp4"


class SpeechSeparation:
    """Files of each clip; the catalogue and the list of valid clips at the end."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[int, str]] = {}
        self._valid: set[int] = set()

    def files(self, shard: Shard, row: int) -> Iterator[tuple[str, bytes]]:
        """As `Layout.files`. Raises ClipError `bad-column` for a sample that is no row of AVSpeech, `too-few-frames`
        for one shorter than three seconds.
        """
        facts = shard.json(row)
        number, split, line = _of_catalog(facts)
        self._rows.setdefault(split, {})[number] = line
        samples = _three_seconds(shard.read(row, "wav"))
        pictures = _pictures(Clip.of(shard, row, facts))
        has_faces = _CROP in shard.columns and shard.filled(row, _CROP) and facts.get("crop_share") == 1
        faces = _pictures(Clip.of(shard, row, facts, _CROP), _FACE) if has_faces else iter([])
        yield from _sounds(split, number, samples)
        for count, picture in enumerate(pictures, 1):
            yield f"data/video/frames/{number}-{count:02d}.jpg", encode_jpg(picture)
        for count, picture in enumerate(faces, 1):
            yield f"data/video/face_input/frame_{number}_{count:02d}.jpg", encode_jpg(picture)
        if has_faces:
            self._valid.add(number)

    def closing(self) -> Iterator[tuple[str, bytes]]:
        """The catalogue of each split, and the list of the clips that have faces, where some have."""
        for split, rows in sorted(self._rows.items()):
            lines = (rows.get(number, "," * (len(HEADER) - 1)) for number in range(max(rows) + 1))
            body = "\n".join(chain([",".join(HEADER)], lines, [""]))
            yield f"data/audio/catalog/avspeech_{split}.csv", body.encode()
        if self._valid:
            yield "data/video/valid_frame.txt", "".join(f"frame_{one}\n" for one in sorted(self._valid)).encode()


def check_one_split(shards: Sequence[Place]) -> None:
    """Raises UsageError where the shards, by the first sample that stands in each, are of several sides of AVSpeech's
    split: row 7 of each has pictures, and they would have one name.
    """
    found: dict[str, Place] = {}
    for place in shards:
        with closing(Shard(place)) as shard:
            top = next(iter(np.flatnonzero(standing(shard.index)).tolist()), None)
            if top is not None and isinstance(split := _split_of(shard, top), str):
                found.setdefault(split, place)
    if len(found) > 1:
        (one, first), (other, second), *_ = found.items()
        raise UsageError(
            f"{first} is of {one}, {second} of {other}: frames are named by their row alone: export each to a folder "
            "of its own"
        )


def _split_of(shard: Shard, row: int) -> Any:
    """What a sample's json says; None where it cannot be read, which the export itself tells."""
    with suppress(ColumnError, DamagedShard):
        return shard.json(row).get("catalog_split")
    return None


def _of_catalog(facts: dict[str, Any]) -> tuple[int, str, str]:
    """The row's number, the catalogue's split and the line in it. Raises ClipError."""
    kinds = {"row": int, "catalog_split": str, "link": str, **dict.fromkeys(HEADER[1:], float)}
    wrong = [name for name, kind in kinds.items() if not isinstance(facts.get(name), kind)]
    if wrong:
        raise ClipError(
            "bad-column", f"json does not say {', '.join(wrong)}: faceshards pack avspeech makes such samples"
        )
    return facts["row"], facts["catalog_split"], ",".join(str(facts[name]) for name in HEADER)


def _three_seconds(body: bytes) -> np.ndarray:
    """The first three seconds of the sound, float32 (48000,)."""
    from scipy.io import wavfile  # it loads for a third of a second

    rate, samples = wavfile.read(io.BytesIO(body))
    if rate != RATE or samples.dtype != np.int16 or samples.ndim != 1:
        raise ClipError(
            "bad-column", f"wav is {samples.dtype} {samples.shape} at {rate} Hz, not 16-bit mono at {RATE} Hz"
        )
    if len(samples) < _SAMPLES:
        rule = f"the folders' clips have {_SECONDS} s: pack with --seconds {_SECONDS}"
        raise ClipError("too-few-frames", f"the clip has {len(samples) / RATE:g} s, {rule}")
    return samples[:_SAMPLES].astype(np.float32) / 32768


def _sounds(split: str, number: int, samples: np.ndarray) -> Iterator[tuple[str, bytes]]:
    name = f"trim_audio_{split}{number}.wav"
    peak = float(np.abs(samples).max())
    yield f"data/audio/audio_{split}/{name}", wav(samples)
    yield f"data/audio/norm_audio_{split}/{name}", wav(samples / peak if peak else samples, exact=True)


def _pictures(clip: Clip, size: tuple[int, int] | None = None) -> Iterator[np.ndarray]:
    for chunk in clip.frames(range(_FRAMES), most=16):
        for picture in chunk.pictures:
            yield picture if size is None or picture.shape[1::-1] == size else scaled(picture, size)
