"""The way back refuses what is not what was packed."""

import pytest

from faceshards.errors import ClipError
from faceshards.packing.kinds.own_files import OwnFiles
from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

PACKED, OTHER = Provenance("pack", 1, {"from": "speech-face"}), Provenance("spectrogram", 4)


@pytest.fixture
def files(tmp_path):
    """files(json, wav): what the layout says of one sample."""

    def made(facts, wav=b"wav"):
        path = tmp_path / "a.tar"
        with ShardWriter(path, provenance=[PACKED, OTHER]) as out:
            out.add("k", {"json": facts, "wav": wav})
        with Shard(path) as shard:
            return list(OwnFiles("speech-face").files(shard, 0))

    return made


def test_a_file_comes_back_where_it_lay(files):
    facts = {"files": {"wav": "id 1/a.WAV"}, "made": {"wav": PACKED.fingerprint}}
    assert files(facts) == [("id 1/a.WAV", b"wav")]


@pytest.mark.parametrize(
    ("facts", "wav", "said"),
    [
        ({}, b"wav", "names no files"),
        ({"files": {"wav": "a"}}, b"wav", "names no files"),
        ({"files": {"wav": "a"}, "made": {"wav": OTHER.fingerprint}}, b"wav", "was not packed as speech-face"),
        ({"files": {"wav": 3}, "made": {"wav": PACKED.fingerprint}}, b"wav", "was not packed as speech-face"),
        ({"files": {"wav": "a"}, "made": {"wav": PACKED.fingerprint}}, None, "no value any more"),
    ],
)
def test_what_is_not_what_was_packed_is_refused(files, facts, wav, said):
    with pytest.raises(ClipError, match=said):
        files(facts, wav)
