"""Whether the bytes of a shard are what its headers say."""

import io
import tarfile

import pytest

from faceshards.shards.reader import Shard
from faceshards.viewer.summary.health import Health, check


def test_the_worst_health_is_told():
    found = Health.worst([Health("whole", "", 3), Health("damaged", "b is bad", 1), Health("unchecked", "c")])
    assert found == Health("damaged", "b is bad", 4)


def test_equals_of_a_state_are_all_named_and_better_ones_are_not():
    found = Health.worst([Health("damaged", "a", 1), Health("damaged", "", 2), Health("damaged", "c"), Health("whole")])
    assert found == Health("damaged", "a; c", 3)
    assert Health.worst([Health("unchecked", "u"), Health("whole", "w", 2)]).state == "unchecked"
    assert Health.worst([Health("whole", "", 5)]) == Health("whole", "", 5)


@pytest.fixture
def copy(dataset, tmp_path):
    """copy(*places): the health of a copy of group124 with one bit of the byte at each of these places flipped."""

    def of(*places):
        body = bytearray((dataset / "group124.tar").read_bytes())
        for place in places:
            body[place(body)] ^= 1
        (tmp_path / "group124.tar").write_bytes(body)
        (tmp_path / "group124.parquet").write_bytes((dataset / "group124.parquet").read_bytes())
        with Shard(tmp_path / "group124.tar") as shard:
            return check(shard)

    return of


def test_every_member_of_a_whole_shard_is_checked(copy, dataset):
    with tarfile.open(dataset / "group124.tar") as tar:
        members = sum(one.isfile() and "." in one.name for one in tar.getmembers())
    assert copy() == Health("whole", "", members) and members == 4 * 7


@pytest.mark.parametrize(
    "place",
    [
        lambda body: body.index(b"\x93NUMPY") + 5000,  # a body
        lambda body: body.index(b".spectrogram.npy\0"),  # a header's name
        lambda body: len(body) - 1,  # the end of the tar
    ],
)
def test_one_flipped_bit_is_found_wherever_it_is(copy, place):
    found = copy(place)
    assert found.state == "damaged" and found.detail


@pytest.mark.parametrize(("faults", "more"), [(3, ""), (4, " and 1 more fault"), (6, " and 3 more faults")])
def test_of_many_faults_three_are_named_and_the_others_counted(copy, dataset, faults, more):
    with Shard(dataset / "group124.tar") as shard:
        members = [shard.extent(row, name).offset for name in ("mp4", "json") for row in range(4)]
    found = copy(*((lambda body, at=at: at + 10) for at in members[:faults]))
    assert found.state == "damaged" and found.checked == 4 * 7
    named = found.detail.removesuffix(more)
    assert named + more == found.detail and len(named.split("; ")) == 3 and " more fault" not in named


def test_without_checksums_nothing_is_said_of_a_shard_that_is_damaged(dataset):
    with Shard(dataset / "group124.tar") as shard:
        assert check(shard, checksums=False) == Health("unchecked", "checksums were not read")


def test_a_foreign_tar_has_nothing_to_check(tmp_path):
    with tarfile.open(tmp_path / "foreign.tar", "w") as tar:
        member = tarfile.TarInfo("a.json")
        member.size = 2
        tar.addfile(member, io.BytesIO(b"{}"))
    with Shard(tmp_path / "foreign.tar") as shard:
        found = check(shard)
    assert (found.state, found.detail) == ("unchecked", "a foreign tar carries no checksums")
