"""The samples' json, and as much of it as the index knows."""

import io
import tarfile

import pytest

from faceshards.shards.reader import Shard
from faceshards.viewer.summary.facts import indexed_facts, read_facts


@pytest.fixture
def group(dataset):
    with Shard(dataset / "group124.tar") as shard:
        yield shard


def foreign(path, *members):
    with tarfile.open(path, "w") as tar:
        for name, body in members:
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return Shard(path)


def test_the_json_of_the_asked_rows_in_their_order(group):
    assert read_facts(group, [3, 0, 0]) == [group.json(row) for row in (3, 0, 0)]
    assert read_facts(group, []) == []


def test_a_damaged_json_is_that_sample_s_failure_and_the_others_are_read(dataset, tmp_path):
    body = bytearray((dataset / "group124.tar").read_bytes())
    body[body.index(b'"face_share"') + 2] ^= 1
    (tmp_path / "group124.tar").write_bytes(body)
    (tmp_path / "group124.parquet").write_bytes((dataset / "group124.parquet").read_bytes())
    with Shard(tmp_path / "group124.tar") as shard:
        found = read_facts(shard, range(4))
    bad = [one["failures"] for one in found if "name" not in one]
    assert len(bad) == 1 and [(one["stage"], one["code"]) for one in bad[0]] == [("shard", "damaged")]
    assert "checksum" in bad[0][0]["reason"] and sum("name" in one for one in found) == 3


def test_a_foreign_sample_without_a_json_has_no_facts(tmp_path):
    members = [("a.json", b'{"name": "a"}'), ("a.jpg", b"1"), ("b.jpg", b"2"), ("c.json", b'{"name": "c"}')]
    with foreign(tmp_path / "some.tar", *members) as shard:
        assert read_facts(shard, range(3)) == [{"name": "a"}, {}, {"name": "c"}]
    with foreign(tmp_path / "none.tar", ("a.jpg", b"1"), ("b.jpg", b"2")) as shard:
        assert read_facts(shard, [1, 0]) == [{}, {}]


@pytest.mark.parametrize("body", [b"[1]", b"3", b"no json", b'{"a":', b""])
def test_a_json_that_is_no_object_is_a_failure_and_no_error(tmp_path, body):
    with foreign(tmp_path / "odd.tar", ("a.json", body), ("b.json", b'{"name": "b"}')) as shard:
        odd, good = read_facts(shard, [0, 1])
    assert odd["failures"][0]["code"] == "damaged" and good == {"name": "b"}


def test_the_index_knows_names_and_failures_as_the_json_does(group):
    rows = [2, 0, 3, 1]
    told, known = read_facts(group, rows), indexed_facts(group, rows)
    assert [one["name"] for one in known] == [one["name"] for one in told]
    for one, other in zip(known, told, strict=True):
        short = [(failure["stage"], failure["code"]) for failure in other.get("failures", [])]
        assert sorted((failure["stage"], failure["code"]) for failure in one["failures"]) == sorted(short)
        assert all(failure["reason"] == "" for failure in one["failures"])


def test_the_front_record_tells_what_made_a_column(group):
    made = indexed_facts(group, [0])[0]["made"]
    told = group.json(0)["made"]
    assert made == {name: told[name] for name in made} and set(made) == set(told) - {"loudness_db"}


def test_a_column_of_two_makings_is_of_none_that_the_index_knows(samples, tmp_path):
    from tests.viewer.conftest import ALL, FACES

    other = type(FACES)("faces", 3)
    path = samples.write(tmp_path / "a.tar", [samples.whole("a")], (*ALL, other))
    with Shard(path) as shard:
        made = indexed_facts(shard, [0])[0]["made"]
    assert "faces.msg" not in made and "face.jpg" in made


def test_nothing_is_read_of_a_json_that_only_the_index_is_asked_for(group):
    before = group.bytes_read
    indexed_facts(group, range(4))
    assert group.bytes_read == before
