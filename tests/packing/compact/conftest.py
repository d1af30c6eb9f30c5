"""Shards to compact: small ones whose clips are a few bytes, for nothing decodes them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

PACK = Provenance("pack", 7, {"from": "video"})
FACES = Provenance("faces", 2, {"every": 1}, {"net.onnx": "ab" * 32})


class Shards:
    """What a data set of two shards holds, and what is read of any."""

    def write(self, path: Path, clips: Mapping[str, Mapping[str, Any]], container: str = "mp4", faces: bool = False):
        """A shard: key -> more facts. With `faces`, a column more and its score; `share` None where it failed."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with ShardWriter(path, provenance=[PACK, FACES] if faces else [PACK]) as writer:
            for number, (key, facts) in enumerate(clips.items()):
                made = {container: PACK.fingerprint} | ({"faces.msg": FACES.fingerprint} if faces else {})
                json = {"name": key, "frames": 10 * (number + 1), "container": container, "made": made, **facts}
                members: dict[str, Any] = {"json": json, container: f"{path.stem} {key}".encode() * 12_000}
                if faces:
                    failed = facts.get("face_share") is None
                    json |= {"states": {"faces.msg": "failed"}} if failed else {}
                    members["faces.msg"] = None if failed else {"box": np.zeros((number, 4), np.float32)}
                writer.add(key, members)
        return path

    def of(self, file: str | Path) -> list[tuple[str, dict[str, bytes]]]:
        """Key and members of every clip of a shard."""
        with Shard(file) as shard:
            return [(key, shard.sample(row)) for row, key in enumerate(shard.keys)]

    def read(self, folder: Path) -> list[tuple[str, dict[str, bytes]]]:
        """Those of all shards below a folder, in order."""
        return [one for file in sorted(folder.rglob("*.tar")) for one in self.of(file)]

    def bytes(self, folder: Path) -> dict[str, bytes]:
        """Name -> bytes of the shards and indexes of a folder."""
        return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if not file.name.endswith(".json")}

    def keys(self, folder: Path) -> Sequence[str]:
        return [key for key, _ in self.read(folder)]


@pytest.fixture(scope="session")
def shards() -> Shards:
    return Shards()


@pytest.fixture
def world(tmp_path, shards, monkeypatch):
    """`set/a.tar` with faces of four clips (one failed), `set/b.tar` of two clips without, in the working directory."""
    monkeypatch.chdir(tmp_path)
    shares = {
        "k0": {"face_share": 0.5},
        "k1": {"face_share": 1.0},
        "k2": {"face_share": None},
        "k3": {"face_share": 0.9},
    }
    shards.write(Path("set/a.tar"), shares, faces=True)
    shards.write(Path("set/b.tar"), {"k1": {"mine": 1}, "z": {"mine": 2}})
    return tmp_path
