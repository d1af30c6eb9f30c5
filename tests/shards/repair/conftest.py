import random
import subprocess

import pytest

from faceshards.shards.writer import ShardWriter
from tests.shards.repair.damage import FACES, KEYS, PACK, bodies, contents


@pytest.fixture
def tar(tmp_path):
    with ShardWriter(tmp_path / "a.tar", provenance=[PACK, FACES]) as writer:
        for i, key in enumerate(KEYS):
            writer.add(key, bodies(i))
    return tmp_path / "a.tar"


@pytest.fixture
def truth(tar):
    """Key -> column -> bytes, as Python's tarfile reads the whole shard."""
    return contents(tar)


@pytest.fixture
def foreign(tmp_path):
    """What GNU tar makes of files: eight samples of two files each, the last with names beyond ustar."""
    folder = tmp_path / "files"
    folder.mkdir()
    names = [f"c{i}" for i in range(7)] + ["c" * 130]
    for i, name in enumerate(names):
        (folder / f"{name}.jpg").write_bytes(random.Random(i).randbytes(2000 + i))
        (folder / f"{name}.txt").write_text(name)
    files = [f"{name}.{kind}" for name in names for kind in ("jpg", "txt")]
    subprocess.run(["tar", "-cf", tmp_path / "f.tar", "-C", folder, *files], check=True)
    return tmp_path / "f.tar"
