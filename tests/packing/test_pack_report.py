"""What a run of packing keeps in mind, and when that makes another run needless."""

import json
import os

import pytest

from faceshards.packing.pack_report import PackReport, pack_report_path, source_identity
from faceshards.packing.shards_report import last_report
from faceshards.packing.sources.archive import Entry, Limits
from faceshards.packing.sources.clip_list import RawClip
from faceshards.packing.sources.folder import Folder
from faceshards.packing.sources.opening import open_source
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from tests.packing.conftest import zipped


def write(path, names, stage="pack"):
    writer = ShardWriter(path, provenance=[Provenance(stage, 1)])
    for name in names:
        writer.add(name, {"json": b"{}", "mp4": name.encode()})
    return writer.close()


TOLD = {"generation": "0" * 32, "samples": 1, "bytes": 5}


def earlier(folder, name):
    return last_report(PackReport, pack_report_path(folder, name), name)


@pytest.fixture
def done(tmp_path):
    """The report of a run that made g.tar of two clips, by the plan {"crf": 18}."""
    report = PackReport("pack", "g.zip", plan={"crf": 18})
    report.add_shard(write(tmp_path / "g.tar", ["a", "b"]))
    return report


def test_of_very_many_rejected_clips_all_are_counted_and_some_are_named(tmp_path):
    """The first of each reason is among them, however late it comes."""
    report = PackReport("pack", "g.zip")
    for number in range(20_000):
        report.add_rejected(f"{'n' * 100_000 if number < 3 else ''}{number}", "empty-file", "no bytes")
    report.add_rejected("late", "bomb", "too much")
    report.close("all are rejected").save(tmp_path / "report.json")
    read = PackReport.load(tmp_path / "report.json")
    assert read.failed == {"pack": {"empty-file": 20_000, "bomb": 1}} and read.seen == read.failures == 20_001
    assert len(read.rejected) + read.unlisted == 20_001 and len(read.rejected) == 1001
    assert read.rejected[-1]["name"] == "late" and (tmp_path / "report.json").stat().st_size < 200_000
    assert read.rejected[0]["name"] == "n" * 900 + "..." + "n" * 96 + "0"


def test_a_rejected_clip_counts_and_is_named_in_characters_that_json_can_hold():
    report = PackReport("pack", "g.zip")
    report.add_whole(2)
    report.add_rejected(os.fsdecode(b"caf\xe9"), "empty-file", os.fsdecode(b"\xff has no bytes"))
    report.add_rejected("日本", "empty-file", "no bytes")
    report.close()
    assert (report.seen, report.whole, report.failed) == (4, 2, {"pack": {"empty-file": 2}})
    assert report.rejected[0] == {"name": "caf\\xe9", "code": "empty-file", "reason": "\\xff has no bytes"}
    assert json.dumps(report.record(), ensure_ascii=False).encode()


def test_what_was_written_comes_back(done, tmp_path):
    done.add_rejected("c", "bomb", "too much")
    done.add_whole(2)
    path = pack_report_path(tmp_path, "g")
    assert path == tmp_path / "g.pack.json"
    done.close().save(path)
    assert earlier(tmp_path, "g").record() == done.record()


def test_the_same_plan_is_done_while_its_shards_stand(done, tmp_path):
    assert done.is_done({"crf": 18}, tmp_path)
    assert not done.is_done({"crf": 20}, tmp_path)
    assert not done.is_done({"crf": 18}, tmp_path / "elsewhere")
    done.error = "interrupted"
    assert not done.is_done({"crf": 18}, tmp_path)
    assert not PackReport("pack", "g.zip", plan={"crf": 18}).is_done({"crf": 18}, tmp_path)  # it made no shard


def test_an_enriched_shard_stands_and_one_of_other_clips_does_not(done, tmp_path):
    rewrite(tmp_path / "g.tar", {"note.txt": lambda row: b"seen"}, provenance=[Provenance("faces", 1)])
    assert done.is_done(done.plan, tmp_path)
    write(tmp_path / "g.tar", ["a", "b", "c"])
    assert not done.is_done(done.plan, tmp_path)
    write(tmp_path / "g.tar", ["c", "d"], stage="faces")
    assert not done.is_done(done.plan, tmp_path)


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: os.truncate(path, 900)])
def test_one_lost_or_damaged_shard_of_two_is_work_to_do(done, tmp_path, spoil):
    done.add_shard(write(tmp_path / "g-mpg.tar", ["c"]))
    assert done.is_done(done.plan, tmp_path)
    spoil(tmp_path / "g-mpg.tar")
    assert not done.is_done(done.plan, tmp_path)


def test_shards_of_an_earlier_run_are_stale_until_they_are_made_again(tmp_path):
    report = PackReport("pack", "g.zip", shards={"g.tar": {"samples": 1}, "g-00000.tar": {"samples": 1}})
    assert report.stale_shards() == ["g.tar", "g-00000.tar"]
    report.add_shard(write(tmp_path / "g.tar", ["a"]))
    assert report.stale_shards() == ["g-00000.tar"]


def test_only_shards_of_the_source_s_own_name_are_taken_from_a_report(done, tmp_path):
    own = ["g+1.tar", "g+1-mpg.tar", "g+1-00000.tar", "g+1-webm-123456.tar"]
    others = ["gg1.tar", "g+1-MPG.tar", "x/g+1.tar", "../g+1.tar", "g+1.tar\n", "g+1-mpg.tar.txt"]
    done.shards = dict.fromkeys(own + others, TOLD) | {"g+1-ts.tar": {"samples": 1}}
    done.close().save(pack_report_path(tmp_path, "g+1"))
    assert list(earlier(tmp_path, "g+1").shards) == own


@pytest.mark.parametrize("text", ["", "[]", "{}", "no json", '{"a":' * 5000, '{"shards": 3}'])
def test_what_is_no_report_is_no_earlier_run(tmp_path, text):
    assert earlier(tmp_path, "g") is None
    pack_report_path(tmp_path, "g").write_text(text)
    assert earlier(tmp_path, "g") is None


def listed(*entries: Entry) -> list[RawClip]:
    return [RawClip(entry.name, entry.name, "mp4", False, (entry,)) for entry in entries]


def test_a_source_is_another_one_as_soon_as_a_file_in_it_is(tmp_path):
    folder = Folder(tmp_path, Limits())
    same = [source_identity(folder, listed(Entry("a", 1, 5), Entry("b", 2, 6))) for _ in range(2)]
    assert same[0] == same[1] and same[0]["path"] == str(tmp_path)
    others = [
        listed(Entry("a", 1, 5)),
        listed(Entry("a", 1, 5), Entry("c", 2, 6)),
        listed(Entry("a", 1, 5), Entry("b", 3, 6)),
        listed(Entry("a", 1, 5), Entry("b", 2, 7)),
        [],
    ]
    assert len({source_identity(folder, clips)["listing"] for clips in others} | {same[0]["listing"]}) == 6


def test_a_file_s_identity_holds_its_size_and_time(tmp_path):
    path = zipped(tmp_path / "g.zip", {"a.mp4": b"1"})
    os.utime(path, ns=(1, 1))
    first = source_identity(open_source(path), [])
    os.utime(path, ns=(2, 2))
    assert source_identity(open_source(path), []) != first


def test_a_report_that_names_other_files_removes_none(clip, tmp_path, pack):
    source, out = zipped(tmp_path / "g.zip", {"a.mp4": clip}), tmp_path / "out"
    pack(source, out)
    precious = tmp_path / "precious.tar"
    precious.write_bytes(b"1")
    (out / "h.tar").write_bytes(b"1")
    record = json.loads((out / "g.pack.json").read_bytes())
    record["shards"] |= dict.fromkeys(["../precious.tar", "h.tar", str(precious)], TOLD)
    for text in (json.dumps(record), json.dumps(record | {"shards": 3}), "[]", "{}", "no json", '{"a":' * 5000):
        (out / "g.pack.json").write_text(text)
        pack(source, out, force=True)
        assert precious.exists() and (out / "h.tar").exists() and (out / "g.tar").exists()
