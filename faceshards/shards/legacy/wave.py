"""Sound as float samples in a wav file, bit for bit: the waveform of `audio_frames.pyd` that any player opens.

Layout: Multimedia Programming Interface and Data Specifications 1.0 (RIFF WAVE), and Microsoft's WAVE_FORMAT_IEEE_FLOAT
with its `fact` chunk. Python's `wave` module knows no float samples.
"""

from __future__ import annotations

import struct

import numpy as np

from faceshards.errors import ColumnError

_FLOAT = 3
_FORMAT = struct.Struct("<HHIIHHH")
_LONGEST = (1 << 32) - 1024  # RIFF counts its bytes in 32 bits


def encode_wave(samples: np.ndarray, rate: int) -> bytes:
    """A mono wav of float32 or float64 samples (S,) at `rate` Hz. Raises ColumnError for what cannot be one."""
    if samples.dtype not in (np.float32, np.float64) or samples.ndim != 1:
        raise ColumnError(f"a waveform must be float32 or float64 (samples,), got {samples.dtype} {samples.shape}")
    if not 0 < rate < 1 << 28 or samples.nbytes > _LONGEST:
        raise ColumnError(f"a wav holds less than 4 GiB at 1 Hz to 268 MHz, got {samples.nbytes} bytes at {rate} Hz")
    width = samples.itemsize
    form = _FORMAT.pack(_FLOAT, 1, rate, rate * width, width, 8 * width, 0)
    data = samples.astype(samples.dtype.newbyteorder("<"), copy=False).tobytes()
    chunks = _chunk(b"fmt ", form) + _chunk(b"fact", struct.pack("<I", len(samples))) + _chunk(b"data", data)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def decode_wave(body: bytes) -> tuple[np.ndarray, int]:
    """Samples (S,) and rate in Hz of a mono float wav. Raises ColumnError for any other file."""
    chunks = _chunks(body)
    form = chunks.get(b"fmt ", b"")
    if len(form) < 16 or b"data" not in chunks:
        raise ColumnError("no wav file: it must be RIFF WAVE with a format and data")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if (kind, channels) != (_FLOAT, 1) or bits not in (32, 64):
        raise ColumnError(
            f"the wav must hold one channel of float samples, got format {kind}, {channels} x {bits} bits"
        )
    data = chunks[b"data"]
    return np.frombuffer(data, f"<f{bits // 8}", len(data) // (bits // 8)), rate


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def _chunks(body: bytes) -> dict[bytes, bytes]:
    """The chunks of a RIFF file by name, the last of each name; none where the file is no WAVE."""
    found: dict[bytes, bytes] = {}
    at = 12 if body[:4] == b"RIFF" and body[8:12] == b"WAVE" else len(body)
    while at + 8 <= len(body):
        size = int.from_bytes(body[at + 4 : at + 8], "little")
        found[body[at : at + 4]] = body[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found
