"""What the table says of these files is true of the real ones."""

import hashlib
from pathlib import Path

import pytest

from faceshards.models.weights.looks import LOOKS
from faceshards.models.weights.table import WEIGHTS


@pytest.mark.parametrize("name", ["pfld_68", "headpose_adas_0001", "gaze_adas_0002"])
def test_size_and_hash_are_the_file_s(real: Path, name: str):
    entry = {weights.name: weights for weights in LOOKS}[name]
    body = (real / "weights" / entry.files[0]).read_bytes()
    assert (entry.size, entry.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert WEIGHTS[name] is entry
