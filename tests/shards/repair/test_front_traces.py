import pytest

from faceshards.shards.reader import Shard
from faceshards.shards.repair.salvage import salvage
from faceshards.shards.repair.verify import verify
from tests.shards.repair.damage import (
    FACES,
    PACK,
    ROWS,
    adds_up,
    flip,
    forget,
    header,
    is_part_of,
)


@pytest.mark.parametrize("index", [True, False])
@pytest.mark.parametrize("where", ["magic", "generation", "check", "padding", "end", "behind"])
def test_what_is_no_sample_costs_none(tar, where, index):
    """The front record's header and its words, padding, the end: the shard comes back, byte for byte."""
    good = tar.read_bytes()
    places = {
        "magic": 258,
        "generation": good.index(b"FACESHARDS.generation=") + 3,
        "check": good.index(b"FACESHARDS.check=") + 17,
        "padding": header(tar, "k5.faces.msg") + 512 + 100,
        "end": len(good) - 5,
    }
    if where == "behind":
        with open(tar, "ab") as file:
            file.write(b"more")
    else:
        flip(tar, places[where])
    assert not verify(tar, deep=True).whole
    if not index:
        forget(tar)
    done = salvage(tar)
    adds_up(done)
    if where == "generation" and not index:  # nothing then says how many samples there were
        assert (done.kept, done.samples, done.complete) == (ROWS, None, False)
    else:
        assert done.complete and done.target.read_bytes() == good


def test_a_provenance_record_that_was_altered_is_not_believed(tar, truth):
    flip(tar, tar.read_bytes().index(b'"crf":18') + 7)
    done = salvage(tar)
    is_part_of(done, truth)
    with Shard(done.target) as shard:
        assert FACES.fingerprint in shard.provenance and PACK.fingerprint not in shard.provenance
        assert [made.stage for made in shard.provenance.values()].count("salvage") == 1
    assert not done.provenance_whole and not done.complete and done.kept == ROWS
