"""Small data sets: clips of a few bytes with faces, voices and scalars, for nothing decodes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceshards.__main__ import main
from faceshards.bench.object_store import ObjectStore
from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from tests.dataset.four_persons import data as data

PACK = Provenance("pack", 7, {"from": "video"})
IDENTITY = Provenance("identity", 1, {"backend": "dlib", "every": 25})


class Clips:
    """Writes shards and reads what their jsons say."""

    def write(self, path: str | Path, clips: Mapping[str, Mapping[str, Any]], made: Provenance | None = None) -> Path:
        """A shard: key -> scalars, and `face` (D,), `voice` (256,) or None. `made`: what made the faces."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        has_face = any("face" in facts for facts in clips.values())
        has_voice = any("voice" in facts for facts in clips.values())
        with ShardWriter(path, provenance=[PACK, made or IDENTITY] if has_face else [PACK]) as writer:
            for key, facts in clips.items():
                rest = {name: value for name, value in facts.items() if name not in ("face", "voice")}
                members: dict[str, Any] = {"json": {"name": key, "made": {"mp4": PACK.fingerprint}, **rest}}
                members["mp4"] = f"{path.stem} {key}".encode() * 20
                if has_face:
                    face = facts.get("face")
                    members |= {"identity.npy": None, "identity_person.npy": None, "identity_track.npy": None}
                    if face is not None:
                        members["identity.npy"] = np.atleast_2d(np.asarray(face, np.float32))
                        rows = len(members["identity.npy"])
                        members["identity_track.npy"] = np.arange(rows)
                        members["identity_person.npy"] = np.arange(rows)
                if has_voice:
                    voice = facts.get("voice")
                    members["voice.npy"] = None if voice is None else np.asarray(voice, np.float32)
                writer.add(key, members)
        return path

    def said(self, path: str | Path, *names: str) -> dict[str, Any]:
        """Key -> the value of a scalar, or the values of several, of all shards below a folder."""
        path, found = Path(path), {}
        for file in sorted(path.rglob("*.tar")) if path.is_dir() else [path]:
            with Shard(file) as shard:
                for row, key in enumerate(shard.keys):
                    values = tuple(shard.json(row).get(name) for name in names)
                    found[key] = values[0] if len(names) == 1 else values
        return found

    def bytes(self, folder: str | Path) -> dict[str, tuple[bytes, int]]:
        """Name -> bytes and time of every shard below a folder: what a run that writes nothing leaves."""
        return {str(file): (file.read_bytes(), file.stat().st_mtime_ns) for file in sorted(Path(folder).rglob("*.tar"))}


@pytest.fixture(scope="session")
def clips() -> Clips:
    return Clips()


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys, monkeypatch):
    """run(words...): exit code, stdout and stderr of `faceshards` in this process, in a wide terminal."""
    monkeypatch.setenv("COLUMNS", "200")

    def command(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return command


@pytest.fixture
def store(tmp_path_factory, monkeypatch):
    pytest.importorskip("boto3", reason="writing to S3 needs the extra s3")
    with ObjectStore(tmp_path_factory.mktemp("store")) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server
