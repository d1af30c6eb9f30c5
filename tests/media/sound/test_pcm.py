"""Samples by their bytes are those that FFmpeg decodes, whatever stands before them."""

import io
import struct

import numpy as np
import pytest
from scipy.io import wavfile

from faceshards.errors import ClipError
from faceshards.media.sound import read_sound
from faceshards.media.sound.pcm import HEAD, PcmFormat

NOISE = np.random.default_rng(0).uniform(-1, 1, 2000)
DTYPES = {"<i2": (NOISE * 32767).astype("<i2"), "<i4": (NOISE * (2**31 - 1)).astype("<i4"), "<f4": NOISE.astype("<f4")}


def wav(samples: np.ndarray, rate: int = 16000) -> bytes:
    out = io.BytesIO()
    wavfile.write(out, rate, samples)
    return out.getvalue()


def with_chunk(body: bytes, name: bytes, content: bytes) -> bytes:
    """A chunk between the format and the samples, as FFmpeg's LIST; of odd length it is padded."""
    at = body.index(b"data")
    padded = content + b"\0" * (len(content) % 2)
    grown = body[:at] + name + struct.pack("<I", len(content)) + padded + body[at:]
    return grown[:4] + struct.pack("<I", len(grown) - 8) + grown[8:]


@pytest.mark.parametrize("kind", DTYPES)
@pytest.mark.parametrize("chunk", [b"", b"INFOISFT\x0e\0\0\0Lavf59.27.100\0", b"INFOISFT\3\0\0\0odd"])
def test_a_span_is_what_the_decoder_gives(kind, chunk):
    body = with_chunk(wav(DTYPES[kind]), b"LIST", chunk) if chunk else wav(DTYPES[kind])
    form = PcmFormat.of(body[:HEAD], len(body))
    assert form is not None and (form.samples, form.rate) == (2000, 16000)
    start, stop = form.span(300, 900)
    heard = read_sound(body, 16000).samples
    np.testing.assert_array_equal(form.parsed(body[start:stop]), heard[300:900])
    assert form.parsed(body[start:stop]).dtype == np.float32


@pytest.mark.parametrize("claimed", [0, 0xFFFFFFFF])
def test_a_file_that_was_never_closed_ends_where_it_does(claimed):
    body = wav(DTYPES["<i2"])
    at = body.index(b"data") + 4
    body = body[:at] + struct.pack("<I", claimed) + body[at + 4 :]
    form = PcmFormat.of(body[:HEAD], len(body))
    assert form is not None and form.samples == 2000


@pytest.mark.parametrize(
    "body",
    [
        wav(np.zeros((100, 2), np.int16)),
        wav(np.zeros(100, np.uint8)),
        wav(np.zeros(100)),
        with_chunk(wav(DTYPES["<i2"]), b"LIST", b"x" * HEAD),
        b"fLaC" + b"\0" * 200,
        b"RIFF",
        wav(DTYPES["<i2"])[:30],
    ],
    ids=["stereo", "8 bits", "64 bits", "far behind", "flac", "cut", "cut in its format"],
)
def test_what_is_to_be_decoded_whole_has_no_format(body):
    assert PcmFormat.of(body[:HEAD], len(body)) is None


def test_a_sound_of_what_is_no_number_is_refused():
    form = PcmFormat.of(wav(np.array([0, np.nan], np.float32)), 2000)
    assert form is not None
    with pytest.raises(ClipError, match="no finite number"):
        form.parsed(np.array([0, np.inf], "<f4").tobytes())
