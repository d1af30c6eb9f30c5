"""The readers that people have: the same keys in the same order, the same bytes, equal values, no phantom sample."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from faceshards.shards.reader import Shard
from faceshards.shards.schema import codecs
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from tests.shards.peers.read_shard import digest

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".peers" / "bin" / "python"
QUIET = {"HF_HUB_OFFLINE": "1", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
FACES = {"size": [4, 4], "frames": 1, "box": [[0.0, 1.0, 2.0, 3.0]], "score": [0.5]}

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(not PYTHON.exists(), reason="`make peers` installs the other readers"),
]


def make(path: Path, failed: int | None) -> Path:
    """Every kind of column, and a name that needs a pax record; in the `failed` row two columns have no value."""
    with ShardWriter(path, provenance=[Provenance("pack", 1, {"fps": [25, 1]})]) as writer:
        for i in range(7):
            members = {
                "json": {"name": f"clip {i}", "frames": i, "snr_db": i / 7, "identity": "é"},
                "mp4": np.random.default_rng(i).bytes(5000 + i),
                "mp4.packets.npy": codecs.encode("x.npy", np.arange(6 * (i + 1), dtype=np.int64).reshape(-1, 6)),
                "faces.msg": codecs.encode("faces.msg", FACES),
                "face.jpg": codecs.encode("face.jpg", np.full((8, 8, 3), 30 * i, np.uint8)),
            }
            if i == failed:
                members |= {"faces.msg": None, "mp4.packets.npy": None}
            writer.add(f"clip=20{i}" + "x" * 110 * (i == 3), members)
    return path


def as_datasets(column: str, value: object) -> object:
    """The form in which it hands a value out: arrays as lists, of a json the keys of the first five rows alone."""
    if column == "json":
        return {name: one for name, one in value.items() if name != "states"}
    return value.tolist() if column.endswith("npy") else value


def read_by(peer: str, tar: Path) -> list[dict]:
    script = Path(__file__).with_name("read_shard.py")
    words, home = [PYTHON, script, peer, tar], {**os.environ, **QUIET}
    run = subprocess.run(words, env=home, capture_output=True, text=True, timeout=600, cwd=tar.parent)
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("peer", "failed"),
    [(peer, None) for peer in ("webdataset", "datasets", "ray", "energon")]
    + [(peer, 5) for peer in ("webdataset", "datasets", "ray", "energon")],
)
def test_a_peer_reads_the_same(peer, failed, tmp_path):
    tar = make(tmp_path / "a.tar", failed)
    rows = read_by(peer, tar)
    with Shard(tar) as shard:
        assert [row["key"] for row in rows] == shard.keys
        compared = {"bytes": 0, "values": 0}
        for number, row in enumerate(rows):
            assert set(row["columns"]) == set(shard.columns)
            for column, (sha, value) in row["columns"].items():
                if sha is not None:
                    assert sha == hashlib.sha256(shard.read(number, column)).hexdigest()
                    compared["bytes"] += 1
                if value is not None:
                    expected = codecs.decode(column, shard.read(number, column))
                    assert value == digest(as_datasets(column, expected) if peer == "datasets" else expected), column
                    compared["values"] += 1
    wanted = {"webdataset": (35, 28), "datasets": (7, 28), "ray": (35, 0), "energon": (35, 0)}[peer]
    assert (compared["bytes"], compared["values"]) == wanted
