"""Heaps of HDF5 files, whole and damaged."""

import subprocess
import sys

import numpy as np
import pytest

from faceshards.shards.pickles.hdf5_heaps import check_heaps

h5py = pytest.importorskip("h5py")
TEXT = h5py.string_dtype()


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.attrs["names"] = ["conv1", "conv2"]
        file.create_dataset("texts", data=[f"{number:05d}" * 20 for number in range(200)], dtype=TEXT)
    return path


def test_whole_heaps_are_fine_and_numbers_need_none(texts):
    assert texts.read_bytes().count(b"GCOL") > 1
    check_heaps(texts, TEXT)
    body = texts.read_bytes()
    texts.write_bytes(body.replace(b"GCOL\x01\0\0\0", b"GCOL\x01\0\0\0\x07", 1)[: len(body)])
    check_heaps(texts, np.dtype(np.float32))
    with pytest.raises(ValueError, match=r"the heap at byte \d+ is damaged"):
        check_heaps(texts, np.dtype(np.float32), TEXT)


WALK = """
import sys
from pathlib import Path
import h5py
from faceshards.shards.pickles.hdf5_heaps import check_heaps

path, refused = Path(sys.argv[1]), 0
body = path.read_bytes()
heap = body.index(b"GCOL")
for at in [*range(heap, heap + 64), *range(heap + 4096 - 64, heap + 4096)]:
    for bit in range(0, 8, 3):
        flipped = bytearray(body)
        flipped[at] ^= 1 << bit
        path.write_bytes(flipped)
        try:
            with h5py.File(path) as file:
                check_heaps(path, h5py.string_dtype())
                file.attrs["names"], file["texts"][()]
        except (OSError, RuntimeError, ValueError, KeyError):
            refused += 1
print(refused)
"""


def test_no_flipped_bit_of_a_heap_is_read_forever(texts):
    """Without the check the first of them is still being read after minutes, and no signal but SIGKILL ends it."""
    command = [sys.executable, "-c", WALK, str(texts)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0 and int(done.stdout) > 40, done
