"""A /dev/shm that is too small, mounted for one process and its workers: said in a line, and nothing stays in it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from faceshards.errors import StorageError
from faceshards.loaders.decode.shared_memory import full_memory, new_shared, share
from faceshards.shards.schema.codecs import encode
from faceshards.shards.writer import ShardWriter

ROOT = Path(__file__).resolve().parents[3]

TRAIN = """
import os, sys
from faceshards.errors import FaceshardsError
from faceshards.loaders import ShardDataset

loader = ShardDataset(sys.argv[1], ["x.npy"]).loader(batch_size=12, num_workers=2)
try:
    for batch in loader:
        pass
    print("all")
except FaceshardsError as error:
    print(type(error).__name__, error)
loader.close()
print(os.listdir("/dev/shm"))
"""


def on_small_shm(size: str, *words: str) -> list[str]:
    """The lines of a process that sees a /dev/shm of its own."""
    mount = f'mount -t tmpfs -o size={size} none /dev/shm && exec "$@"'
    words = ("unshare", "-m", "sh", "-c", mount, "sh", *words)
    if subprocess.run([*words[:6], "true"], capture_output=True).returncode:
        pytest.skip("this user may not mount a small /dev/shm")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(words, capture_output=True, text=True, env=env, timeout=120)
    assert "Traceback" not in run.stderr, run.stderr
    return run.stdout.splitlines()


def test_a_loader_says_that_shared_memory_is_full_and_how_much_it_needs(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        for row in range(24):
            writer.add(f"k{row}", {"json": {"frames": row}, "x.npy": encode("x.npy", np.zeros((1 << 18,), np.float32))})
    said, left = on_small_shm("8m", sys.executable, "-c", TRAIN, str(tmp_path))
    assert said.startswith("StorageError shared memory is full: /dev/shm has 8.0 MB")
    assert "needs 6.0 MB more: give it at least 60.0 MB in all" in said and "key" not in said
    assert left == "[]"


def test_an_error_that_is_not_about_shared_memory_stays_what_it_is():
    assert new_shared(4096, 4096).nbytes() == 4096 and share(torch.zeros(3)).is_shared()
    with pytest.raises(RuntimeError, match="something else"), full_memory(1, 1):
        raise RuntimeError("something else")
    with (
        pytest.raises(StorageError, match=r"a worker needs 1\.0 MB more: give it at least 2\.0 MB"),
        full_memory(1 << 20, 2 << 20),
    ):
        raise RuntimeError("unable to resize file </torch_1_2_3>: No space left on device (28)")
