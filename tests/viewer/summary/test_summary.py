import io
import tarfile

import numpy as np
import pytest

from faceshards.shards.schema.removed import tombstone
from faceshards.shards.schema.states import no_value
from faceshards.shards.writer import ShardWriter
from faceshards.viewer.summary.funnel import Funnel
from faceshards.viewer.summary.health import Health
from faceshards.viewer.summary.summary import summarise


@pytest.fixture(scope="module")
def group(dataset):
    return summarise(dataset / "group124.tar")


def test_whole_and_failed_are_all_samples(group):
    assert (group.samples, group.whole, group.failed) == (4, 2, 2)
    assert group.reasons == {("faces", "no-face"): 1, ("spectrogram", "no-sound"): 1}
    assert group.reasons.total() + group.whole == group.samples


def test_columns_count_bytes_and_empty_members(group, dataset):
    columns = {column.name: column for column in group.columns}
    with tarfile.open(dataset / "group124.tar") as tar:
        members = [(one.name.split(".", 1)[1], tar.extractfile(one).read()) for one in tar if one.isfile()]
    for name, column in columns.items():
        bodies = [body for suffix, body in members if suffix == name]
        void = bodies.count(no_value(name))
        assert (column.bytes, column.present, column.empty) == (sum(map(len, bodies)), len(bodies) - void, void)
    assert columns["faces.msg"].empty == 1 and columns["json"].empty == 0


def test_columns_and_scores_name_their_makers(group):
    columns = {column.name: column for column in (*group.columns, *group.scores)}
    (making,) = columns["faces.msg"].makings
    assert (making.made.stage, making.made.version, making.samples) == ("faces", 2, 4)
    assert making.made.models == {"onet.lz4": "5e" * 32}
    assert columns["loudness_db"].makings[0].made.stage == "loudness"
    assert [(score.name, score.present, score.empty) for score in group.scores] == [("loudness_db", 3, 1)]
    assert columns["json"].makings == () and columns["json"].maker == "pack"


def test_scalars_are_those_of_the_json(group):
    assert group.scalars["face_share"].tolist() == [1.0, 1.0, 0.0, 1.0]
    spreads = {spread.name: spread for spread in group.spreads}
    assert (spreads["fps"].least, spreads["fps"].greatest, spreads["fps"].samples) == (25, 25, 4)
    assert spreads["channels"].samples == 4 and np.isfinite(group.scalars["sound_duration"]).all()
    assert "name" not in spreads and "offset" not in spreads


def test_a_whole_shard_is_whole(group):
    assert group.health == Health("whole", "", 4 * 7)


def test_without_checksums_it_says_so(dataset):
    assert summarise(dataset / "group124.tar", checksums=False).health.state == "unchecked"


def damaged_copy(dataset, tmp_path, at):
    """A copy of the shard and its index with one bit of the byte at `at` flipped."""
    for name in ("group124.tar", "group124.parquet"):
        (tmp_path / name).write_bytes((dataset / name).read_bytes())
    body = bytearray((tmp_path / "group124.tar").read_bytes())
    body[at(body)] ^= 1
    (tmp_path / "group124.tar").write_bytes(body)
    return summarise(tmp_path / "group124.tar")


def test_a_flipped_bit_in_a_member_names_it(dataset, tmp_path):
    found = damaged_copy(dataset, tmp_path, lambda body: body.index(b"\x93NUMPY") + 5000)
    assert found.health.state == "damaged" and ".spectrogram.npy differ" in found.health.detail
    assert (found.samples, found.whole) == (4, 2)


def test_a_flipped_bit_in_a_header_is_found(dataset, tmp_path):
    found = damaged_copy(dataset, tmp_path, lambda body: body.index(b".spectrogram.npy\0"))
    assert found.health.state == "damaged"


def test_a_flipped_bit_in_a_json_is_a_failure_of_that_sample(dataset, tmp_path):
    found = damaged_copy(dataset, tmp_path, lambda body: body.index(b'"face_share"') + 2)
    assert found.health.state == "damaged"
    assert found.reasons[("shard", "damaged")] == 1 and found.whole + found.failed == 4


def test_a_truncated_shard_has_no_samples(dataset, tmp_path):
    body = (dataset / "group124.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(body[: len(body) // 2])
    found = summarise(tmp_path / "cut.tar")
    assert (found.samples, found.health.state) == (0, "damaged") and "front record says" in found.health.detail


def test_a_foreign_tar_is_unchecked(tmp_path):
    with tarfile.open(tmp_path / "foreign.tar", "w") as tar:
        for name, body in (("a.json", b'{"name": "a", "score": 0.5}'), ("a.jpg", b"\xff\xd8")):
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    found = summarise(tmp_path / "foreign.tar")
    assert (found.samples, found.whole, found.health.state) == (1, 1, "unchecked")
    assert [spread.name for spread in found.spreads] == ["score"]


def test_tombstones_are_counted_apart(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("a", {"json": {"name": "a", "collection": "GRID"}, "x.npy": np.zeros(3, np.float32)})
        writer.add("b", {"json": tombstone("request"), "x.npy": None})
    for json in (True, False):
        found = summarise(tmp_path / "a.tar", json=json)
        assert (found.samples, found.whole, found.removed) == (2, 1, 1)
        assert found.origins == {("GRID", "", ""): 1} and sum(found.meetings.values()) == 1
        assert Funnel.of(found).seen == Funnel.of(found).whole == 1
