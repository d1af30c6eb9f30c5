"""Bytes and requests of projections and filters: what is counted is what the store sent."""

import pytest

from faceshards.bench.stream.pushdown import _CLIP, _epoch, write
from faceshards.bench.stream.store import running, upload
from faceshards.shards.reader import Shard

ROWS = 12


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pushdown")
    write(folder / "set", ROWS)
    with running(folder / "store") as store:
        upload(store, folder / "set", "set")
        yield store


@pytest.fixture(scope="module")
def sizes(tmp_path_factory):
    """Of each row: the bytes of its clip and of its faces, and its score."""
    folder = tmp_path_factory.mktemp("again") / "set"
    write(folder, ROWS)
    (path,) = folder.glob("*.tar")
    with Shard(path) as shard:
        rows = range(len(shard))
        return [sum(shard.extent(row, name).size for name in ("mp4", "faces.npy")) for row in rows], [
            shard.json(row)["score"] for row in rows
        ]


def test_a_row_is_five_columns_of_which_two_are_wanted(sizes):
    each, scores = sizes
    assert len(each) == ROWS and all(_CLIP < one < _CLIP + 30_000 for one in each)
    assert all(0 <= score < 1 for score in scores) and len(set(scores)) == ROWS


@pytest.mark.parametrize("world", [1, 2])
def test_all_ranks_together_want_every_row_once_and_read_little_more(store, sizes, world):
    wanted, nbytes, requests, extents = _epoch(store, world, None)
    assert (wanted, extents) == (sum(sizes[0]), 2 * ROWS)
    assert wanted <= nbytes < 1.05 * wanted and world <= requests <= 2 * ROWS


def test_a_filter_wants_the_rows_that_match(store, sizes):
    matching = [size for size, score in zip(*sizes, strict=True) if score < 0.5]
    wanted, nbytes, requests, extents = _epoch(store, 1, "score < 0.5")
    assert 0 < len(matching) < ROWS and (wanted, extents) == (sum(matching), 2 * len(matching))
    assert wanted <= nbytes < 1.1 * wanted and requests <= extents
