import io
import json
import tarfile

import pytest

from faceshards.errors import DamagedShard, UsageError
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from faceshards.viewer.lineage.lineage import TOLD, TOO_DEEP, TracedSample
from tests.viewer.conftest import CROP, FACES, LOUD, PACK

MP4 = b"a clip" * 100


def write(path, facts, provenance=(PACK, FACES, CROP, LOUD), **columns):
    """A shard of one sample."""
    with ShardWriter(path, provenance=provenance) as writer:
        writer.add("k", {"json": {"name": "the clip", "source": "raw.zip"} | facts, "mp4": MP4, **columns})
    return path


def traced(path, column):
    with Shard(path) as shard:
        return TracedSample.of(shard, 0).lineage(column)


READ = {"faces": {"mp4": [1, 2]}, "face_crop": {"faces.msg": [1, 2]}}
MADE = {"mp4": PACK.fingerprint, "faces.msg": FACES.fingerprint, "face.jpg": CROP.fingerprint}


@pytest.fixture
def path(tmp_path):
    failed = {"stage": "face_crop", "code": "no-face", "reason": "no face is large enough"}
    facts = {"made": MADE, "inputs": READ, "face_share": 0.5, "failures": [failed], "states": {"face.jpg": "failed"}}
    return write(tmp_path / "a.tar", facts, **{"faces.msg": {"frame": []}, "face.jpg": None})


def test_a_column_is_told_down_to_the_clip_that_was_packed(path):
    found = traced(path, "face.jpg")
    assert (found.state, found.failure["code"], found.maker) == ("failed", "no-face", "face_crop")
    assert found.made.made == CROP and found.made.columns == {"face.jpg": "failed"}
    (faces,) = found.made.parents
    assert faces.made == FACES and faces.columns == {"faces.msg": "done"}
    (pack,) = faces.parents
    assert (pack.made, pack.columns, pack.parents) == (PACK, {"mp4": "done"}, ())
    record = found.record()
    assert record["made"]["inputs"][0]["models"] == {"onet.lz4": "5e" * 32}
    assert record["made"]["inputs"][0]["inputs"][0]["params"] == {"crf": 18}
    assert record["clip"] == {"name": "the clip", "source": "raw.zip"}


def test_a_score_that_its_stage_left_out_does_not_wait_for_it(path):
    left_out, never = traced(path, "tracks"), traced(path, "speech_share")
    assert (left_out.state, left_out.value, left_out.made.made) == ("n/a", None, FACES)
    assert (never.state, never.made, never.maker) == ("not yet", None, "speech")


def test_a_member_is_where_the_shard_has_it(path):
    found = traced(path, "mp4")
    offset, size, crc = found.place
    assert path.read_bytes()[offset : offset + size] == MP4
    with Shard(path) as shard:
        assert crc == shard.extent(0, "mp4").crc32c


def test_scalars_too_are_told_and_what_is_not_made_yet(path):
    share = traced(path, "face_share")
    assert (share.state, share.value, share.made.made, share.place) == ("done", 0.5, FACES, None)
    loud = traced(path, "loudness_db")
    assert (loud.state, loud.made, loud.maker) == ("not yet", None, "loudness")
    assert traced(path, "face_frame").state == "failed", "its stage failed"
    assert traced(path, "styled.mp4").state == "not yet"
    assert traced(path, "source").value == "raw.zip"


def test_a_score_that_a_silent_clip_has_not_is_not_applicable(tmp_path):
    path = write(tmp_path / "a.tar", {"made": MADE | {"snr_db": LOUD.fingerprint}})
    assert (traced(path, "snr_db").state, traced(path, "snr_db").made.made) == ("n/a", LOUD)


def test_what_a_stage_read_is_held_against_what_stands_there(path):
    with Shard(path) as shard:
        one = shard.extent(0, "mp4")
    told = [one.size, one.crc32c]
    crop = {"faces.msg": [1, 2], "gone": [3, 4], "odd": "x", "k/mp4": told, "nobody/mp4": told}
    inputs = {"faces": {"mp4": told}, "face_crop": crop}
    rewrite(path, {}, json=lambda row, old: old | {"inputs": inputs})
    (faces,) = traced(path, "face.jpg").made.parents
    assert [(read.member, read.matches) for read in faces.read] == [("mp4", True)]
    assert [(read.member, read.matches) for read in traced(path, "face.jpg").made.read] == [
        ("faces.msg", False),
        ("gone", False),
        ("k/mp4", True),
        ("nobody/mp4", False),
    ]


def test_what_was_made_anew_since_is_not_what_was_read(tmp_path):
    other = Provenance("faces", 3)
    facts = {"made": MADE | {"faces.msg": other.fingerprint}, "inputs": READ}
    path = write(tmp_path / "a.tar", facts, (PACK, FACES, CROP, other), **{"faces.msg": b"\xc0", "face.jpg": b"j"})
    crop = traced(path, "face.jpg").made
    assert [one.made for one in crop.parents] == [other] and [one.matches for one in crop.read] == [False]


def test_a_name_that_is_not_there_is_answered_with_what_is_near(path):
    with pytest.raises(UsageError, match=r"no column or scalar 'facesmsg': the nearest are faces\.msg"):
        traced(path, "facesmsg")


def hostile_front(path, provenance, monkeypatch):
    """A front record whose records are not those that their fingerprints name."""
    monkeypatch.setattr("faceshards.shards.writer.provenance_record", lambda made: provenance)
    return path


def wound(reads):
    """A front record and the facts of a sample in which each stage, a letter or a number, reads these others."""
    names = {*reads, *(one for found in reads.values() for one in found)}
    front = {name: {"stage": name, "version": 1, "params": {}, "models": {}} for name in reads}
    inputs = {stage: {f"{one}.npy": [1, 2] for one in found} for stage, found in reads.items()}
    return front, {"made": {f"{name}.npy": name for name in names}, "inputs": inputs}


def test_a_json_that_winds_ends(tmp_path, monkeypatch):
    def of(name, reads):
        front, facts = wound(reads)
        hostile_front(tmp_path, front, monkeypatch)
        column = f"{next(iter(reads))}.npy"
        return traced(write(tmp_path / f"{name}.tar", facts, **{column: b""}), column)

    (below,) = of("a", {"a": ["b"], "b": ["a", "gone"]}).made.parents
    assert [(one.fingerprint, one.rest, one.made is None) for one in below.parents] == [
        ("a", TOLD, False),
        ("gone", "", True),
    ]
    deep = of("b", {str(n): [str(n + 1)] for n in range(5000)})
    assert TOO_DEEP in json.dumps(deep.record())
    twos = of("c", {str(n): [str(n + 1), str(n + 2)] for n in range(60)})
    assert len(json.dumps(twos.record())) < 100_000


@pytest.mark.parametrize("facts", [{"made": 5}, {"made": {"mp4": 5}}, {"inputs": [1]}, {"failures": "all"}])
def test_a_json_of_other_kinds_tells_less(tmp_path, facts):
    assert traced(write(tmp_path / "a.tar", facts), "mp4").state == "done"


def test_a_foreign_sample_has_places_and_nothing_more(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as out:
        for name in ("k.mp4", "k.json"):
            member = tarfile.TarInfo(name)
            member.size = 3
            out.addfile(member, io.BytesIO(b"[1]"))
    found = traced(tmp_path / "a.tar", "mp4")
    assert (found.state, found.place, found.made) == ("done", (512, 3, None), None)


def test_a_damaged_json_is_told_by_name(path):
    body = bytearray(path.read_bytes())
    body[body.index(b'"face_share"') + 3] ^= 1
    path.write_bytes(body)
    with pytest.raises(DamagedShard, match=r"k\.json differs from its checksum"):
        traced(path, "mp4")
