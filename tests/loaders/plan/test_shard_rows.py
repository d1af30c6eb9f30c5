import hashlib
import struct

import pyarrow as pa
import pytest

from faceshards.loaders.plan.shard_rows import indexes, keys_digest, source_of
from faceshards.shards.index.catalogue import catalogued

WORDS = ["a", "", "é", "face", "a"]


def digest_of(words: list[str]) -> bytes:
    """The lengths summed up, then the letters."""
    letters, ends = b"", [0]
    for word in words:
        letters += word.encode()
        ends.append(len(letters))
    return hashlib.blake2b(struct.pack(f"={len(ends)}i", *ends) + letters, digest_size=16).digest()


@pytest.mark.parametrize(
    "keys",
    [
        pa.array(WORDS),
        pa.array(["before", *WORDS, "behind"]).slice(1, 5),
        pa.chunked_array([WORDS[:2], [], WORDS[2:]]),
        pa.array(WORDS).dictionary_encode(),
        pa.array(WORDS, pa.large_string()),
    ],
    ids=["array", "slice", "chunks", "dictionary", "large"],
)
def test_keys_have_one_digest_however_they_are_held(keys):
    assert keys_digest(keys) == digest_of(WORDS)


def test_the_digest_tells_where_a_key_ends_and_in_which_order_they_come():
    digests = {keys_digest(pa.array(words)) for words in (["ab", "c"], ["a", "bc"], ["c", "ab"], ["abc"], ["", "abc"])}
    assert len(digests) == 5
    assert keys_digest(pa.array([], pa.string())) == hashlib.blake2b(digest_size=16).digest()


def test_a_shard_is_known_by_its_version_rows_and_keys(data):
    version, rows = source_of(data / "b.tar")
    assert (version.rows, version.size) == (7, (data / "b.tar").stat().st_size)
    assert version.keys == digest_of([f"b-{number:04d}" for number in range(40, 47)])
    assert version.generation and rows["number"].to_pylist() == list(range(40, 47))


@pytest.mark.parametrize("order", ["abc", "cab", "b"])
def test_rows_come_shard_after_shard_in_the_order_of_the_catalogue(data, order):
    index = indexes(catalogued([data / f"{name}.tar" for name in order], None))
    numbers = {"a": range(40), "b": range(40, 47), "c": range(47, 100)}
    assert index.columns(["number"])["number"].to_pylist() == [number for name in order for number in numbers[name]]
    assert [source.place.stem for source in index.sources] == list(order)
    assert index.starts.tolist() == {"abc": [0, 40, 47, 100], "cab": [0, 53, 93, 100], "b": [0, 7]}[order]


def test_a_folder_and_its_shards_one_by_one_are_the_same_rows(data):
    folder = indexes(catalogued([data], None))
    alone = [source_of(data / f"{name}.tar") for name in "abc"]
    folder.forget()
    assert folder.columns(["key"])["key"].to_pylist() == [key for _, rows in alone for key in rows["key"].to_pylist()]
    assert [(one.keys, one.generation, one.size) for one in folder.sources] == [
        (one.keys, one.generation, one.size) for one, _ in alone
    ]
