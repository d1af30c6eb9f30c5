"""What the files of a sequence must be: S001's table of shapes, one number of frames, sound that fits them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from faceshards.errors import ClipError, ColumnError, UnsafeData
from faceshards.media.container import opened
from faceshards.packing.kinds.emoca.files import (
    CODES,
    ENVELOPE,
    FPS,
    RATE,
    SAMPLES_PER_FRAME,
    SOUND_FILE,
    axes_of,
)
from faceshards.shards.schema.codecs import decode
from faceshards.shards.schema.columns import COLUMNS

_ANY_DTYPE = "--any-dtype keeps numbers of other types as they are"


def read_array(column: str, body: bytes, any_dtype: bool) -> np.ndarray:
    """The array of a file, a view of `body`, held against the format's table: axes, type, no NaN, no infinity.

    `any_dtype` admits every type of number and truth. Raises ClipError: `empty-file`, `bad-column`; `unsafe-data` for
    an npy file that only a pickle reader could read.
    """
    if not body:
        raise ClipError("empty-file", f"{column} has no bytes")
    try:
        array: np.ndarray = decode(column, body)
    except UnsafeData as error:
        raise ClipError("unsafe-data", f"{column}: {error}") from error
    except ColumnError as error:
        raise ClipError("bad-column", f"{column}: {error}") from error
    known = COLUMNS[column]
    is_type = array.dtype.kind in "biuf" if any_dtype else array.dtype == known.dtype
    if not is_type or not _fits(array.shape, axes_of(column)):
        rule = f"must be {'numbers' if any_dtype else known.dtype} {known.shape}"
        remedy = f": {_ANY_DTYPE}" if not is_type and not any_dtype else ""
        raise ClipError("bad-column", f"{column} is {array.dtype} {array.shape}, {rule}{remedy}")
    if not np.isfinite(array).all():
        first = tuple(int(place) for place in np.argwhere(~np.isfinite(array))[0])
        raise ClipError("bad-column", f"{column} holds {array[first]} at {first}, every number must be finite")
    return array


def _fits(shape: tuple[int, ...], axes: tuple[int | str, ...]) -> bool:
    return len(shape) == len(axes) and all(
        isinstance(axis, str) or axis == size for axis, size in zip(axes, shape, strict=True)
    )


def sound_facts(body: bytes) -> tuple[dict[str, Any], int]:
    """The scalars of a sequence's sound, and its samples: those that its packets hold, which of PCM need no decoding.

    Raises ClipError where it is no WAV file of PCM, 16 kHz, mono.
    """
    try:
        with opened(body) as container:
            container_name, stream = container.format.name, next(iter(container.streams.audio), None)
            if stream is None or stream.codec_context is None:
                raise ClipError("no-sound", f"the {container_name} file has no sound stream that can be decoded")
            context, packets = stream.codec_context, list(container.demux(stream))
            codec, rate, channels = context.codec.canonical_name, context.sample_rate, context.channels
            samples = sum(packet.duration or 0 for packet in packets if packet.size)
    except ClipError as error:
        raise ClipError(error.code, f"{SOUND_FILE}: {error}") from error
    if (container_name, codec[:4], rate, channels) != ("wav", "pcm_", RATE, 1):
        found = f"{container_name} of {codec}, {rate} Hz, {channels} channel{'s' * (channels != 1)}"
        raise ClipError("bad-column", f"{SOUND_FILE} is {found}, must be wav of PCM, {RATE} Hz, 1 channel")
    return {"sound_codec": codec, "sample_rate": RATE, "channels": 1, "sound_duration": samples / RATE}, samples


def frames_of(lengths: Mapping[str, int], samples: int) -> int:
    """The frames of a sequence, from the `lengths` of its arrays along their first axis; `samples` of its sound.

    All codes must have equally many, at least one; the envelope a value a sample; the sound less than a second (25
    frames) more or less than the frames last: its makers cut both to whole seconds before they use them. Raises
    ClipError `bad-column` with every rule that is broken.
    """
    broken = list(_broken(lengths, samples))
    if broken:
        raise ClipError("bad-column", "; ".join(broken))
    return lengths[CODES[0]]


def _broken(lengths: Mapping[str, int], samples: int) -> Iterator[str]:
    counts = Counter(lengths[code] for code in CODES)
    frames = max(counts, key=lambda length: (counts[length], length))
    if others := [f"{code} has {lengths[code]}" for code in CODES if lengths[code] != frames]:
        yield f"{', '.join(others)} frames, the other codes {frames}: all must have equally many"
    if not frames:
        yield "the codes have no frames, at least one must be there"
    if lengths[ENVELOPE] != samples:
        yield f"{ENVELOPE} has {lengths[ENVELOPE]} values, {SOUND_FILE} {samples} samples: must be equally many"
    if abs(samples / SAMPLES_PER_FRAME - frames) >= FPS:
        rule = f"must differ by less than a second from the frames' {frames / FPS:g} s"
        yield f"{SOUND_FILE} lasts {samples / RATE:g} s, {rule}"
