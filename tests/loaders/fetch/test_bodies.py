import pickle
import tarfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from faceshards.errors import ColumnError, DamagedShard, ShardError
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.plan.plan import resolve

COLUMNS = ["x.npy", "ragged.npy"]


def truth(data, number: int, column: str) -> bytes:
    """A member as Python's tarfile reads it."""
    name = "a" if number < 40 else "b" if number < 47 else "c"
    with tarfile.open(data / f"{name}.tar") as tar:
        return tar.extractfile(f"{name}-{number:04d}.{column}").read()


@pytest.fixture
def bodies(data):
    bodies = Bodies(resolve([data], COLUMNS))
    yield bodies
    bodies.close()


def test_members_are_those_of_the_tar_and_counted(bodies, data):
    units = [0, 39, 40, 46, 47, 99]
    found = [bodies.read(unit, "x.npy") for unit in units]
    assert found == [truth(data, unit, "x.npy") for unit in units]
    assert (bodies.requests, bodies.bytes_read) == (6, sum(map(len, found)))
    assert [bytes(bodies.view(unit, "x.npy")) for unit in units] == found
    assert (bodies.requests, bodies.bytes_read) == (6, sum(map(len, found)))  # a view is not counted


def test_spans_are_parts_of_a_member(bodies, data):
    body = truth(data, 41, "x.npy")
    assert bodies.read_spans(41, "x.npy", [(0, 3), (10, len(body))]) == [body[:3], body[10:]]
    with pytest.raises(DamagedShard, match="tables speak of more"):
        bodies.read_spans(41, "x.npy", [(0, len(body) + 1)])


def test_few_shards_are_open_at_a_time(bodies, data):
    bodies.most_open = 1
    for unit in (0, 99, 1, 98, 40):
        assert bodies.read(unit, "ragged.npy") == truth(data, unit, "ragged.npy")


def test_many_threads_read_what_one_does(bodies, data):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda unit: bodies.read(unit, "x.npy"), range(100)))
    assert found[::9] == [truth(data, unit, "x.npy") for unit in range(0, 100, 9)]
    assert (bodies.requests, bodies.bytes_read) == (100, sum(map(len, found)))


def test_a_flipped_bit_is_damage_that_names_its_sample(bodies, data):
    at = int(bodies.extents("x.npy").offset[40])
    with open(data / "b.tar", "r+b") as file:
        file.seek(at + 5)
        byte = file.read(1)[0]
        file.seek(at + 5)
        file.write(bytes([byte ^ 1]))
    fresh = Bodies(resolve([data], COLUMNS))
    with pytest.raises(DamagedShard, match=r"b\.tar, sample b-0040: x\.npy differs from its checksum"):
        fresh.read(40, "x.npy")
    with pytest.raises(DamagedShard):
        fresh.view(40, "x.npy")
    assert fresh.read(41, "x.npy") == truth(data, 41, "x.npy")


def test_a_column_that_a_sample_lacks_is_empty(write_shard):
    shard = write_shard("one", range(2), lambda number, sample: number and sample.update({"x.npy": b""}))
    bodies = Bodies(resolve([shard], ["x.npy"], missing="none"))
    assert bodies.read(0, "x.npy") and bodies.has(0, "x.npy")
    assert (bodies.read(1, "x.npy"), bodies.size(1, "x.npy"), bodies.has(1, "x.npy")) == (b"", 0, False)
    assert bodies.size(0, "unheard.of") == 0
    with pytest.raises(ColumnError, match=r"one-0001 has no 'x\.npy'"):
        bodies.read_spans(1, "x.npy", [(0, 1)])


@pytest.mark.parametrize("is_open", [True, False])
def test_a_rewritten_shard_is_followed_to_the_same_samples(bodies, data, write_shard, is_open):
    old = truth(data, 41, "x.npy")
    if is_open:
        bodies.read(40, "x.npy")

    def grow(number, sample):
        sample["json"]["more"] = "x" * 5000  # every offset moves

    write_shard("b", range(40, 47), grow)
    assert truth(data, 41, "x.npy") == old
    assert bodies.read(41, "x.npy") == old
    has_moved = bool(bodies.extents("x.npy").offset[41] != bodies.plan.extents["x.npy"].offset[41])
    assert has_moved is not is_open  # an open file stays the one that it was
    assert pickle.loads(pickle.dumps(bodies)).read(41, "x.npy") == old  # noqa: S301 - it follows anew


def test_other_samples_in_a_shards_place_are_an_error(bodies, write_shard):
    write_shard("b", range(41, 48))
    with pytest.raises(ShardError, match="another shard with other samples"):
        bodies.read(40, "x.npy")


def test_a_column_that_was_emptied_since_is_an_error(bodies, write_shard):
    write_shard("b", range(40, 47), lambda number, sample: sample.update({"x.npy": b""}))
    bodies.follow(1)
    with pytest.raises(ColumnError, match="empty since the shard was rewritten"):
        bodies.read(40, "x.npy")
