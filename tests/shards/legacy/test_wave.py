import io
import struct
import wave

import numpy as np
import pytest

from faceshards.errors import ColumnError
from faceshards.shards.legacy.wave import decode_wave, encode_wave

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def test_the_wav_is_one_that_others_read_and_keeps_every_bit():
    samples = np.array([0.0, -0.0, 1.0, np.nan, 1e-40, -1.5], np.float32)
    body = encode_wave(samples, 16000)
    # by the fields' places in the RIFF specification
    assert body[:4] == b"RIFF" and struct.unpack_from("<I", body, 4)[0] == len(body) - 8 and body[8:16] == b"WAVEfmt "
    assert struct.unpack_from("<IHHIIHH", body, 16) == (18, 3, 1, 16000, 64000, 4, 32)
    back, rate = decode_wave(body)
    assert rate == 16000 and back.tobytes() == samples.tobytes()
    for bad in (samples.astype(np.float16), samples.reshape(2, 3), np.arange(3)):
        with pytest.raises(ColumnError, match="waveform"):
            encode_wave(bad, 16000)


def test_other_wavs_are_not_taken_for_ours():
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(8))
    for body in (out.getvalue(), b"", b"RIFF", encode_wave(np.zeros(4, np.float32), 8000)[:30]):
        with pytest.raises(ColumnError, match="wav"):
            decode_wave(body)
