"""Six collections as `DATASET_STRUCTURE.md` lays them out, with small sound and few frames."""

import io
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

SHAPES = {
    "cam.npy": (3,),
    "detailcode.npy": (128,),
    "expcode.npy": (50,),
    "lightcode.npy": (9, 3),
    "posecode.npy": (6,),
    "shapecode.npy": (100,),
    "texcode.npy": (50,),
}
NAMES = {
    "V0-GRID": ["V0-s1-00001", "V0-s1-00004"],
    "V1-RAVDESS": ["V1-Song-Actor_01-00001", "V1-Speech-Actor_02-00001"],
    "V2-MEAD": ["V2-M003-angry-00002"],
    "V3-VoxCeleb2": ["V3-00007"],
    "V4-HDTF": ["V4-HDTF-00000"],
    "V5-CelebV-HQ": ["an id of its own"],
}
METADATA = [376, {"fps": 25, "size": (512, 512), 3: [True, None]}, {"box": np.arange(4.0), "n": np.float32(2)}]


class Runs:
    """Its pickle, loaded, makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def wav(samples: np.ndarray, rate: int = 16000) -> bytes:
    out = io.BytesIO()
    wavfile.write(out, rate, samples)
    return out.getvalue()


def sequence(seed: int = 0, frames: int = 4, samples: int | None = None) -> dict[str, bytes]:
    """The eleven files of a sequence, by name."""
    rng = np.random.default_rng(seed)
    samples = frames * 640 + 100 if samples is None else samples
    files = {name: npy(rng.standard_normal((frames, *rest)).astype(np.float32)) for name, rest in SHAPES.items()}
    files["envelope.npy"] = npy(rng.random(samples).astype(np.float32))
    files["refimg.npy"] = npy(rng.random((3, 224, 224)).astype(np.float32))
    files["audio.wav"] = wav(rng.integers(-9000, 9000, samples).astype(np.int16))
    files["metadata.pkl"] = pickle.dumps(METADATA[seed % len(METADATA)], protocol=seed % 6)
    return files


def written(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (folder / name).write_bytes(body)
    return folder


@pytest.fixture(scope="session")
def trainset(tmp_path_factory) -> Path:
    """The folder of all six collections; it is not to be changed."""
    root = tmp_path_factory.mktemp("emoca") / "trainset"
    names = [f"{collection}/{name}" for collection, names in NAMES.items() for name in names]
    for seed, name in enumerate(names):
        written(root / name, sequence(seed, frames=3 + seed))
    return root
