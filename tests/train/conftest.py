"""A small set of faces and voices, written by the real writer."""

from pathlib import Path

import numpy as np
import pytest
import torch

from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter


def face(number: int) -> np.ndarray:
    """A disc of its own colour and place on a dark ground: uint8 (224, 224, 3)."""
    rows, columns = np.mgrid[:224, :224]
    picture = np.full((224, 224, 3), 30, np.uint8)
    disc = (rows - 100 - 6 * number) ** 2 + (columns - 112) ** 2 < 70**2
    picture[disc] = (200, 60 + 20 * number, 120)
    return picture


def write_faces(path: Path, count: int) -> Path:
    """A shard of `count` samples; the third has no face."""
    random = np.random.default_rng(0)
    points = np.array([[80, 90], [144, 90], [112, 120], [90, 160], [134, 160]], np.float32)
    with ShardWriter(path, provenance=[Provenance("pack", 1)]) as writer:
        for number in range(count):
            voice = (random.normal(size=(2, 257, 601)) * (1 + number)).astype(np.float32)
            picture = b"" if number == 2 else encode("face.jpg", face(number))
            facts = {"name": f"clip {number}", "face_points": (points + 6 * number).ravel().tolist()}
            members = {"json": facts, "face.jpg": picture, "spectrogram.npy": encode("spectrogram.npy", voice)}
            writer.add(f"clip-{number}", members)
    return path


@pytest.fixture(autouse=True)
def one_thread():
    """Small nets are quicker on one thread, and the losses do not depend on how many cores there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shard of seven samples with a face and one without."""
    return write_faces(tmp_path_factory.mktemp("faces") / "faces.tar", 8)
