"""Shards of a data set of four persons, whose members are a few bytes. Not a test module."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastcrc import crc32

from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

PACK = Provenance("pack", 7, {"from": "video", "crf": 17})
FACES = Provenance("faces", 2, {"every": 1}, {"net.onnx": "ab" * 32})
SWAP = Provenance("swap", 3, {"backend": "mesh"})
SYNC = Provenance("sync", 1)
NOTES = Provenance("loudness", 1)


def clip_of(key: str) -> bytes:
    """The clip: bytes that say whose it is."""
    return f"the face of {key} ".encode() * 300


def content(body: bytes) -> list[int]:
    return [len(body), crc32.iscsi(body)]


def sample(key: str, person: str, number: int, source: str | None = None) -> dict[str, Any]:
    """A sample of a person; with a `source` its twin has the face of that clip, and `sync` looked at the twin."""
    twin, made = source is not None, {"mp4": PACK.fingerprint, "faces.msg": FACES.fingerprint}
    facts: dict[str, Any] = {
        "name": f"take of {key}",
        "identity": person,
        "duration": 1.5 * number + 1,
        "frames": number + 25,
    }
    facts |= {"collection": "VFHQ", "licence": "CC BY 4.0", "citation": "Xie et al. 2022", "source": "a.zip"}
    facts |= {"face_share": number / 10, "container": "mp4", "lufs": -20.0 - number}
    inputs: dict[str, Any] = {"faces": {"mp4": content(clip_of(key))}}
    if source is not None:
        facts |= {
            "swapped_source": f"take of {source}",
            "sync_confidence": 3.5,
            "media": {"swapped.mp4": {"codec": "h264"}},
        }
        made |= {"swapped.mp4": SWAP.fingerprint, "tracks_sync.npy": SYNC.fingerprint, "lufs": NOTES.fingerprint}
        inputs["swap"] = {"mp4": content(clip_of(key)), f"{source}/mp4": content(clip_of(source))}
        inputs["sync"] = {"swapped.mp4": content(b"twin")}
    states = {} if twin else {"swapped.mp4": "not yet", "tracks_sync.npy": "not yet"}
    facts |= {"made": made, "inputs": inputs} | ({"states": states} if states else {})
    return {
        "json": facts,
        "mp4": clip_of(key),
        "faces.msg": encode("faces.msg", {"box": np.full((2, 4), number, np.float32)}),
        "code.npy": encode("code.npy", np.arange(12, dtype=np.float32).reshape(4, 3) + number),
        "swapped.mp4": b"a twin with the face of " + source.encode() if source else None,
        "tracks_sync.npy": encode("tracks_sync.npy", np.ones(3, np.float32)) if twin else None,
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """`set/a.tar`: ann-1, bob-1, ann-2 and cy-1, whose twin has ann-1's face; `set/b.tar`: bob-2 and dan-1, made of a
    shard that had ann-2: so its twin says. The folder is the working directory's.
    """
    (tmp_path / "set").mkdir()
    rows = {
        "a": [("ann-1", "ann", None), ("bob-1", "bob", None), ("ann-2", "ann", None), ("cy-1", "cy", "ann-1")],
        "b": [("bob-2", "bob", None), ("dan-1", "dan", "ann-2")],
    }
    for name, clips in rows.items():
        with ShardWriter(tmp_path / "set" / f"{name}.tar", provenance=[PACK, FACES, SWAP, SYNC, NOTES]) as writer:
            for number, (key, person, source) in enumerate(clips):
                writer.add(key, sample(key, person, number, source))
    return tmp_path / "set"


def members(path: Any) -> dict[str, dict[str, bytes]]:
    """Key -> column -> body of all that a shard holds."""
    with Shard(path) as shard:
        return {key: shard.sample(row) for row, key in enumerate(shard.keys)}
