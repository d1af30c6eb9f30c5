"""Embeddings that the data hold: of which length and by whom they were made, as a checkpoint remembers it."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import UsageError
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from faceshards.train.given import length_of, origin_of


def shard(path: Path, *backends: str) -> str:
    """Two samples with an identity, of the first nobody was followed; made by these backends."""
    made = [Provenance("identity", 1, {"backend": backend, "every": 25}) for backend in backends]
    with ShardWriter(path, provenance=[Provenance("pack", 1), *made]) as writer:
        for number, rows in enumerate((np.empty((0, 4), np.float32), np.float32([[1, 2, 3, 4], [3, 2, 1, 0]]))):
            writer.add(f"clip-{number}", {"json": {}, "identity.npy": encode("identity.npy", rows)})
    return str(path)


def test_who_made_an_identity_is_remembered(tmp_path):
    shard(tmp_path / "a.tar", "dlib")
    shard(tmp_path / "b.tar", "dlib")
    assert origin_of("identity.npy", [str(tmp_path)]) == "dlib, column identity.npy"  # a folder as its shards
    assert origin_of("face_embedding.npy", [str(tmp_path)]) == "vgg-face", "whose weights inference may be given"
    assert origin_of("mine.npy", [str(tmp_path)]) == "column mine.npy"
    own = shard(tmp_path / "own.tar")
    assert origin_of("identity.npy", [own]) == "column identity.npy"


def test_identities_of_two_backends_are_refused(tmp_path):
    shard(tmp_path / "a.tar", "dlib")
    shard(tmp_path / "b.tar", "mobilefacenet")
    with pytest.raises(UsageError, match=r"is dlib's in a\.tar and mobilefacenet's in b\.tar: give shards of one"):
        origin_of("identity.npy", [str(tmp_path)])


def test_the_length_is_that_of_the_first_sample_with_a_row(tmp_path):
    path = shard(tmp_path / "a.tar", "dlib")
    assert length_of("identity.npy", [path]) == 4
