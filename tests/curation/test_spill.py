"""Spills: what comes back of what workers finished, after kills and power cuts at any byte."""

import os

import pytest

from faceshards.curation.spill import Finished, Spill
from faceshards.curation.spills import Spills, mend
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.extent import FileExtent

MADE, LATER = Provenance("light", 1), Provenance("peak", 1)


def bodies(done: Finished) -> dict[str, bytes]:
    buffer = memoryview(bytearray(1 << 16))
    return {name: b"".join(map(bytes, extent.pieces(buffer))) for name, extent in done.columns.items()}


def add(folder, row: int, by: str = "host-1", run: int = 1, facts=None, made=MADE, **columns: bytes) -> Spill:
    spill = Spill(folder, run, by)
    done = Finished(facts or {"name": f"clip {row}"}, {}, {made.fingerprint: made}, {"seconds": {"light": 0.5}})
    spill.add(row, done, {name.replace("_", "."): body for name, body in columns.items()})
    return spill


def test_a_finished_clip_comes_back_whole(tmp_path):
    add(tmp_path, 3, light_npy=b"abc", swapped_mp4=b"")
    spills = Spills(tmp_path)
    done = spills.finished(3)
    assert spills.rows == [3] and spills.finished(4) is None
    assert done.facts == {"name": "clip 3"} and done.run == {"seconds": {"light": 0.5}}
    assert done.provenance == {MADE.fingerprint: MADE}
    assert bodies(done) == {"light.npy": b"abc", "swapped.mp4": b""}


def test_a_body_that_waits_on_the_disk_is_copied(tmp_path):
    video = tmp_path / "x.mp4"
    video.write_bytes(os.urandom(3 << 20))
    spill = Spill(tmp_path, 1, "host-1")
    spill.add(0, Finished({}), {"swapped.mp4": FileExtent.whole(video), "light.npy": b"abc"})
    assert bodies(Spills(tmp_path).finished(0)) == {"swapped.mp4": video.read_bytes(), "light.npy": b"abc"}


def test_columns_of_an_earlier_run_are_kept_beside_new_ones(tmp_path):
    add(tmp_path, 3, run=9, by="z", light_npy=b"old", other_npy=b"stays")
    add(tmp_path, 3, run=10, by="a", facts={"name": "new"}, made=LATER, light_npy=b"newer")
    done = Spills(tmp_path).finished(3)
    assert bodies(done) == {"light.npy": b"newer", "other.npy": b"stays"}
    assert done.facts == {"name": "new"} and set(done.provenance) == {MADE.fingerprint, LATER.fingerprint}


def test_what_others_add_is_found_after_a_refresh_and_once(tmp_path):
    add(tmp_path, 0, light_npy=b"0")
    spills = Spills(tmp_path)
    add(tmp_path, 1, by="host-2", light_npy=b"1")
    add(tmp_path, 2, light_npy=b"2")
    assert spills.rows == [0]
    for _ in range(2):
        spills.refresh()
        assert [bodies(spills.finished(row))["light.npy"] for row in spills.rows] == [b"0", b"1", b"2"]


def test_a_record_that_is_cut_at_any_byte_is_none_and_those_before_it_are_whole(tmp_path):
    spill = add(tmp_path, 0, light_npy=b"first")
    first = spill.path.stat().st_size
    add(tmp_path, 1, light_npy=b"second")
    whole = spill.path.read_bytes()
    for length in range(first, len(whole)):
        spill.path.write_bytes(whole[:length])
        assert Spills(tmp_path).rows == [0]
        mend(tmp_path)
        assert spill.path.stat().st_size == first
    spill.path.write_bytes(whole)
    mend(tmp_path)
    assert spill.path.read_bytes() == whole and Spills(tmp_path).rows == [0, 1]


@pytest.mark.parametrize("at", ["header", "body"])
def test_bytes_that_a_power_cut_spoiled_end_the_file_before_them(tmp_path, at):
    spill = add(tmp_path, 0, light_npy=b"first")
    first = spill.path.stat().st_size
    add(tmp_path, 1, light_npy=b"second")
    whole = bytearray(spill.path.read_bytes())
    whole[-1 if at == "body" else first + 40] ^= 1
    spill.path.write_bytes(whole)
    mend(tmp_path)
    assert spill.path.stat().st_size == first


def test_a_file_of_zeros_is_empty(tmp_path):
    (tmp_path / "spill.000001.host-1").write_bytes(bytes(5000))
    mend(tmp_path)
    assert (tmp_path / "spill.000001.host-1").stat().st_size == 0
