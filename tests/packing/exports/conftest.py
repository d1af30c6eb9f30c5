"""A shard of two clips of 64 x 48: the one has faces, points and numbers, in the other a stage failed."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.shards.schema.codecs import encode
from tests.curation.conftest import clip_of, moved, sample, write_shard

FRAMES = 6
FACES = {
    "size": [64, 48],
    "frames": FRAMES,
    "frame": np.array([1, 1, 4]),
    "track": np.array([7, 2, 7]),
    "box": np.array([[16, 12, 48, 36], [0, 0, 8, 12], [32, 24, 64, 48]], np.float32),
    "points": np.full((3, 5, 2), 24, np.float32),
    "score": np.array([0.5, 0.75, 1], np.float32),
    "full": np.array([True, True, False]),
}
POINTS = np.stack([np.full((68, 2), (32, 12)), np.zeros((68, 2))]).astype(np.float32)
COLUMNS = {
    "faces.msg": FACES,
    "points68.npy": POINTS,  # the second was not found
    "points68_score.npy": np.full((2, 68), 0.25, np.float32),
    "points68_frame.npy": np.array([0, 5]),
    "quality.npy": np.arange(FRAMES * 9, dtype=np.float32).reshape(FRAMES, 9),
    "speaking.npy": np.array([1.5, -2], np.float32),
    "speaking_frame.npy": np.array([1, 4]),
    "speaking_track.npy": np.array([7, 7]),
    "voice.npy": np.ones(256, np.float32),  # not of frames
    "spectrogram.npy": np.zeros((2, 257, 601), np.float32),
}


@pytest.fixture
def body() -> bytes:
    picture = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    return clip_of(moved(picture, FRAMES))


@pytest.fixture
def shard(tmp_path, body) -> Path:
    found = sample("one", body, face_share=0.5, frames_kept=3, language="en", identity="x")
    found |= {name: encode(name, value) for name, value in COLUMNS.items()}
    failed = sample("two", body, face_share=1, frames_kept=2.5)
    failed["json"] |= {
        "failures": [{"stage": "swap", "code": "no-source-face", "reason": "alone"}],
        "states": dict.fromkeys(COLUMNS, "not yet"),
    }
    failed |= {name: b"" for name in COLUMNS}
    return write_shard(tmp_path / "data" / "a.tar", {"one": found, "two": failed})
