"""Old MegActor tars, as its own scripts write them, and what its trainers read of a tar."""

import pickle
from pathlib import Path

import numpy as np
import webdataset as wds

FRAMES = 5
rng = np.random.default_rng(4)


def floats(*shape: int) -> np.ndarray:
    return rng.random(shape, np.float32) * 500


def v1_sample(people: int = 2) -> dict:
    """What steps 2 to 4 of v1 write: arrays over all frames and people."""
    return {
        "mp4": rng.bytes(3000),
        "dwpose_result.pyd": floats(FRAMES, people, 134, 2),
        "dwpose_score.pyd": floats(FRAMES, people, 134),
        "faces_bbox.pyd": floats(FRAMES, people, 4),
        "exist_face_frame_index.pyd": np.arange(FRAMES),
        "mp4_styled": rng.bytes(2000),
        "swapped.mp4": rng.bytes(1000),
        "source.png": np.full((4, 4, 3), 7, np.uint8),
        "source_path": "faces/anna.png",
    }


def sigma_sample(people: tuple[int, ...] = (1, 1, 2, 1, 1)) -> dict:
    """What steps 1 and 2 of Sigma write: a list over frames, and the sound at its own rate."""
    return {
        "mp4": rng.bytes(3000),
        "dwpose_result.pyd": [floats(count, 134, 2) for count in people],
        "dwpose_score.pyd": [floats(count, 134) for count in people],
        "faces_bbox.pyd": [floats(4) if count == 1 else np.zeros(4, np.float32) for count in people],
        "exist_face_frame_index.pyd": [count == 1 for count in people],
        "audio_frames.pyd": rng.standard_normal(7350).astype(np.float32),
        "sample_rate.str": "44100",
        "fps.str": "29.97",
    }


def write_old(path: Path, samples: dict[str, dict]) -> Path:
    """An old tar, by the writer that the old scripts use."""
    with open(path, "wb") as stream, wds.TarWriter(stream) as sink:
        for key, fields in samples.items():
            sink.write({"__key__": key, **fields})
    return path


def read_old(path: Path) -> list[dict]:
    """What an old trainer has in hand: raw bytes by webdataset, pickles by `pickle.loads`."""
    return [
        {
            name: pickle.loads(body) if name.endswith(".pyd") else body  # noqa: S301 - our own bytes, as the trainer does
            for name, body in sample.items()
            if not name.startswith("__")
        }
        for sample in wds.WebDataset(str(path), shardshuffle=False)
    ]


def same(a: object, b: object) -> bool:
    """Equal values of one type: arrays also in dtype and shape, lists item by item."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b
