"""Samples of `face-decoder`: what is turned away by name."""

from contextlib import closing

import numpy as np
import pytest

from faceshards.errors import ClipError, UsageError
from faceshards.packing.kinds.face_decoder.kind import FaceDecoderPictures
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.opening import open_source
from tests.packing.kinds.conftest import npy, planted


def test_what_is_bad_is_refused_by_name(make, tmp_path):
    png, jpg = make.frames(1)[0], make.frames(1, "JPEG")[0]
    bad = {
        "a_landmarks.npy": npy(np.zeros(136, np.float32)),
        "b_landmarks.npy": npy(np.full(144, np.nan, np.float32)),
        "c_embedding.npy": npy(np.zeros(4096)),
        "d_embedding.npy": b"",
    }
    pictures = {f"{name}.jpg": jpg for name in "abcd"} | {"e.jpg": png, "f.png": png[:60], "g.jpg": b""}
    kind = FaceDecoderPictures(PackOptions())
    told = {}
    with closing(open_source(planted(tmp_path / "hq", bad | pictures))) as archive:
        for clip in kind.listed(archive).clips:
            with pytest.raises(ClipError) as refused:
                kind.sample(archive, clip)
            told[clip.name] = f"{refused.value.code}: {refused.value}"
    for name, said in {
        "a": "bad-column: 'a_landmarks.npy' must hold float32 (144,), got float32 (136,)",
        "b": "bad-column: 'b_landmarks.npy' has 144 numbers of 144 that are NaN",
        "c": "bad-column: 'c_embedding.npy' must hold float32 (4096,), got float64",
        "d": "empty-file: 'd_embedding.npy' has no bytes",
        "e": "broken-image: 'e.jpg': its bytes are none of a jpg file",
        "f": "broken-image: 'f.png'",
        "g": "empty-file: 'g.jpg'",
    }.items():
        assert told[name].startswith(said)


def test_a_side_has_bounds():
    with pytest.raises(UsageError, match="--resize must be from 16 to 4096 pixels, got 8"):
        FaceDecoderPictures(PackOptions(), resize=8)
