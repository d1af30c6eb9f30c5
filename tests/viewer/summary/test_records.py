"""Summaries as JSON objects: everything in them adds up, and json can hold it."""

import json

import pytest

from faceshards.viewer.summary.records import shard_record
from faceshards.viewer.summary.summary import summarise
from faceshards.viewer.summary.totals import total


@pytest.fixture(scope="module")
def group(dataset):
    return summarise(dataset / "group124.tar")


def test_a_record_survives_json_and_adds_up(group, dataset):
    record = json.loads(json.dumps(shard_record(group), allow_nan=False))
    assert record["path"] == str(dataset / "group124.tar")
    assert record["bytes"] == (dataset / "group124.tar").stat().st_size
    assert record["whole"] + sum(one["samples"] for one in record["failed"]) == record["samples"] == 4
    assert sum(one["bytes"] for one in record["columns"]) + record["overhead"] == record["bytes"]
    assert sum(one["share"] for one in record["columns"]) == pytest.approx(1 - record["overhead"] / record["bytes"])
    assert sum(one["samples"] for one in record["origins"]) == record["samples"]
    assert record["health"] == {"state": "whole", "detail": "", "members_checked": 28}


def test_a_failure_is_told_with_its_sample_and_its_particulars(group):
    (face,) = [one for one in shard_record(group)["failures"] if one["stage"] == "faces"]
    assert face["name"] == "<img src=x onerror=document.title='owned'>.v2" and face["key"] != face["name"]
    assert (face["code"], face["reason"]) == ("no-face", "no face in any of 12 frames")


def test_a_making_tells_all_that_decides_it(group):
    record = shard_record(group)
    columns = {one["name"]: one for one in (*record["columns"], *record["scores"])}
    (made,) = columns["faces.msg"]["made"]
    assert (made["stage"], made["version"], made["params"]) == ("faces", 2, {"min_face": 40})
    assert (made["models"], made["samples"]) == ({"onet.lz4": "5e" * 32}, 4)
    assert columns["loudness_db"]["bytes"] == 0 and columns["loudness_db"]["samples"] == 3
    assert columns["json"]["made"] == []


def test_a_fingerprint_that_the_shard_does_not_know_is_told_alone(samples, tmp_path):
    sample = samples.whole("a")
    sample["json"]["made"]["faces.msg"] = "ff" * 16
    record = shard_record(summarise(samples.write(tmp_path / "a.tar", [sample])))
    (faces,) = [one for one in record["columns"] if one["name"] == "faces.msg"]
    assert faces["made"] == [{"fingerprint": "ff" * 16, "samples": 1}]


def test_a_column_of_which_no_member_is_there_has_no_sizes(samples, tmp_path):
    path = samples.write(tmp_path / "a.tar", [samples.no_face("a")])
    (faces,) = [one for one in shard_record(summarise(path))["columns"] if one["name"] == "faces.msg"]
    assert (faces["samples"], faces["empty"], faces["bytes"]) == (0, 1, 1)  # nil
    assert (faces["min"], faces["median"], faces["max"]) == (None, None, None)


def test_a_shard_that_does_not_open_is_a_record_too(tmp_path):
    (tmp_path / "cut.tar").write_bytes(b"")
    record = json.loads(json.dumps(shard_record(summarise(tmp_path / "cut.tar"))))
    assert (record["samples"], record["whole"], record["columns"]) == (0, 0, []) and record["overhead"] == 0
    assert record["health"]["state"] == "damaged"


def test_a_filter_is_told_by_what_was_there_before_it(dataset):
    shards = [dataset / "clips.tar", dataset / "group124.tar"]
    record = shard_record(total([summarise(path, where="face_share < 0.5") for path in shards]))
    assert (record["samples"], record["unfiltered"]) == (1, 6)
    assert shard_record(summarise(shards[0]))["unfiltered"] == 2
    assert record["lacking"] == [] and shard_record(summarise(shards[0], where="snr_db > 3"))["lacking"] == ["snr_db"]
