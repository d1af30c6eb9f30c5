import io
import json
import os
import quopri
import random
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from faceshards.errors import SoftwareError, SourceError, StorageError, UsageError
from faceshards.jobs.report import Report
from faceshards.media.probe import probe
from faceshards.packing.options import PackOptions
from faceshards.packing.packer import Packer
from faceshards.packing.sources.opening import open_source
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.provenance import Provenance
from tests.packing.conftest import zipped


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def rejected(report) -> dict[str, str]:
    return {one["name"]: one["code"] for one in report.rejected}


@pytest.fixture
def mixed(make, clip):
    """Two frame clips, a video, and a broken clip of each kind."""
    files = {f"top/b/{i}.png": body for i, body in enumerate(make.frames(12))}
    files |= {f"top/a/{i}.jpg": body for i, body in enumerate(make.frames(4, "JPEG", seed=2))}
    return files | {
        "top/c.mp4": clip,
        "top/cut.mp4": clip[:900],
        "top/single/1.png": make.frames(1)[0],
        "top/notes.txt": b"x",
    }


def test_a_zip_of_both_kinds(mixed, tmp_path, pack):
    report = pack(zipped(tmp_path / "group124.zip", mixed), tmp_path / "out")
    assert listing(tmp_path / "out") == ["group124.pack.json", "group124.parquet", "group124.tar"]
    assert (report.seen, report.whole, report.failures) == (5, 3, 2)
    assert rejected(report) == {"cut": "truncated-media", "single": "too-few-frames"}
    assert report.ignored == {".txt": 1} and report.kind == "zip" and report.error is None
    with Shard(tmp_path / "out" / "group124.tar") as shard:
        assert shard.keys == ["a", "b", "c"] and shard.columns == [
            "json",
            "mp4",
            "mp4.packets.npy",
            "sound.packets.npy",
        ]
        assert shard.read(2, "mp4") == mixed["top/c.mp4"]
        assert [shard.json(row)["frames"] for row in range(3)] == [4, 12, 6]
        assert {shard.json(row)["made"]["mp4"] for row in range(3)} == set(shard.provenance)
    stored = json.loads((tmp_path / "out" / "group124.pack.json").read_bytes())
    assert stored == report.record() and Report.of(stored).whole == 3
    assert all(one["reason"] for one in stored["rejected"])


def test_the_same_input_gives_the_same_bytes(mixed, tmp_path, pack):
    order = list(mixed)
    random.Random(3).shuffle(order)
    for name, files in (("one", None), ("two", order)):
        (tmp_path / name).mkdir()
        pack(zipped(tmp_path / name / "g.zip", mixed, files), tmp_path / name)
    assert (tmp_path / "one" / "g.tar").read_bytes() == (tmp_path / "two" / "g.tar").read_bytes()
    assert (tmp_path / "one" / "g.parquet").read_bytes() == (tmp_path / "two" / "g.parquet").read_bytes()


def test_zip_tar_and_folder_of_the_same_clips_make_the_same_shard(mixed, tmp_path, pack):
    zipped(tmp_path / "g.zip", mixed)
    (tmp_path / "f").mkdir()
    shutil.unpack_archive(tmp_path / "g.zip", tmp_path / "f" / "g")
    (tmp_path / "t").mkdir()
    with tarfile.open(tmp_path / "t" / "g.tar", "w") as out:
        out.add(tmp_path / "f" / "g", ".")
    bodies = set()
    for source, out in ((tmp_path / "g.zip", "1"), (tmp_path / "t" / "g.tar", "2"), (tmp_path / "f" / "g", "3")):
        assert pack(source, tmp_path / out, labels={"source": "same"}).whole == 3
        bodies.add((tmp_path / out / "g.tar").read_bytes())
    assert len(bodies) == 1


def test_each_container_has_its_shard(clip, real, tmp_path, pack):
    mpg = (real / "video" / "grid_bbaf2n.mpg").read_bytes()
    report = pack(zipped(tmp_path / "g.zip", {"a.mp4": clip, "a.mpg": mpg, "b.mp4": clip}), tmp_path / "out")
    assert report.whole == 3 and listing(tmp_path / "out") == [
        "g-mpg.parquet",
        "g-mpg.tar",
        "g.pack.json",
        "g.parquet",
        "g.tar",
    ]
    with Shard(tmp_path / "out" / "g-mpg.tar") as shard:
        assert shard.columns == ["json", "mpg", "mpg.packets.npy", "sound.packets.npy"] and shard.read(0, "mpg") == mpg
        assert shard.json(0)["name"] == "a" and shard.keys == ["a-2"]  # unique over all shards of the source


NAMES = [
    "plain",
    "a.b.c",
    "with space",
    "日本語",
    "ünï",
    "a/b/c",
    "-dash",
    "q'u\"ote$(x);&",
    "tab\tnew\nline",
    "x" * 300,
    "%s{}",
]


def decoded(key):
    return quopri.decodestring(key.encode("ascii")).decode("utf-8")


def test_odd_names_all_pack(clip, tmp_path, pack):
    report = pack(zipped(tmp_path / "g.zip", {f"top/{name}.mp4": clip for name in NAMES}), tmp_path / "out")
    assert report.whole == len(NAMES)
    with Shard(tmp_path / "out" / "g.tar") as shard:
        names = [shard.json(row)["name"] for row in range(len(shard))]
        assert sorted(names) == sorted(NAMES)
        assert all("." not in key and key.isascii() for key in shard.keys)
        assert all(decoded(key) == name for key, name in zip(shard.keys, names, strict=True) if len(name) < 100)


def test_names_of_one_key_get_a_suffix(clip, tmp_path, pack):
    pack(zipped(tmp_path / "g.zip", {"a.mp4": clip, "a.m4v": clip, "a.MP4": clip}), tmp_path / "out")
    with Shard(tmp_path / "out" / "g.tar") as shard:
        assert shard.keys == ["a", "a-2", "a-3"] and {shard.json(row)["name"] for row in range(3)} == {"a"}


def test_hostile_entries_reject_their_clips_and_no_others(clip, tmp_path, pack):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        files = {"../up.mp4": clip, "/abs.mp4": clip, "good.mp4": clip, "zero.mp4": b"", "bomb.mp4": bytes(16 << 20)}
        for name, body in {**files, "crc.mp4": clip, "locked.mp4": clip}.items():
            out.writestr(name, body)
        link = zipfile.ZipInfo("link.mp4")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        out.writestr(link, "/etc/passwd")
        with pytest.warns(UserWarning):
            out.writestr("twice.mp4", clip)
            out.writestr("twice.mp4", clip)
    body = bytearray(buffer.getvalue())
    body[body.index(b"crc.mp4") + 100] ^= 1
    body[body.rindex(b"locked.mp4") - 46 + 8] |= 1
    (tmp_path / "g.zip").write_bytes(body)
    report = pack(tmp_path / "g.zip", tmp_path / "out")
    codes = rejected(report)
    assert codes.pop("crc") in ("wrong-crc", "unreadable-entry")
    assert codes == {
        "../up": "unsafe-path",
        "/abs": "unsafe-path",
        "zero": "empty-file",
        "bomb": "bomb",
        "locked": "encrypted-entry",
        "link": "link-entry",
        "twice": "duplicate-entry",
    }
    assert report.seen == 10 == report.whole + report.failures and report.whole == 1
    with Shard(tmp_path / "out" / "g.tar") as shard:
        assert shard.keys == ["good"]


def test_when_all_clips_are_rejected_there_is_a_report_and_no_shard(clip, tmp_path, pack):
    report = pack(zipped(tmp_path / "g.zip", {"a.mp4": clip[:500], "b.mp4": b""}), tmp_path / "out")
    assert listing(tmp_path / "out") == ["g.pack.json"] and report.error == "all 2 clips are rejected"
    assert json.loads((tmp_path / "out" / "g.pack.json").read_bytes())["seen"] == 2


def test_a_source_without_clips(tmp_path, pack):
    with pytest.raises(SourceError, match=r"g\.zip: .* no clips \(but 1 \.txt\) that `pack clips` takes: .*--help"):
        pack(zipped(tmp_path / "g.zip", {"a.txt": b"1"}), tmp_path / "out")


def test_an_unexpected_error_of_a_codec_rejects_the_clip(clip, tmp_path, pack, monkeypatch):
    def odd(body, **options):
        if len(body) != len(clip):
            raise ZeroDivisionError("odd")
        return probe(body, **options)

    monkeypatch.setattr("faceshards.packing.sample.probe", odd)
    report = pack(zipped(tmp_path / "g.zip", {"a.mp4": clip, "b.mp4": clip + b"\0"}), tmp_path / "out")
    assert rejected(report) == {"b": "stage-failed"} and "ZeroDivisionError: odd" in report.rejected[0]["reason"]


def test_a_software_error_ends_the_run_and_blames_no_clip(clip, tmp_path, pack, monkeypatch):
    monkeypatch.setattr("faceshards.packing.sample.probe", lambda body, **new: probe(body, pixels=1, **new))
    with pytest.raises(SoftwareError, match=r"clip 'a': TypeError at test_packer\.py:\d+: .*'pixels'.*not the clip"):
        pack(zipped(tmp_path / "g.zip", {"a.mp4": clip, "b.mp4": clip}), tmp_path / "out")
    assert listing(tmp_path / "out") == ["g.pack.json"]
    report = Report.load(tmp_path / "out" / "g.pack.json")
    assert (report.seen, report.failures) == (0, 0) and report.bug.startswith("Traceback") and "'a'" in report.error
    monkeypatch.undo()
    assert pack(tmp_path / "g.zip", tmp_path / "out").whole == 2
    assert Report.load(tmp_path / "out" / "g.pack.json").bug is None


def test_limit_takes_the_first_in_order(clip, tmp_path, pack):
    report = pack(zipped(tmp_path / "g.zip", {f"{i}.mp4": clip for i in (10, 9, 1, 2)}), tmp_path / "out", limit=3)
    with Shard(tmp_path / "out" / "g.tar") as shard:
        assert shard.keys == ["1", "2", "9"] and report.seen == 3


def state(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_an_equal_run_does_nothing(mixed, tmp_path, pack):
    source, out = zipped(tmp_path / "g.zip", mixed), tmp_path / "out"
    pack(source, out)
    before = state(out)
    assert pack(source, out).whole == 3 and state(out) == before
    for change in ({"force": True}, {"crf": 20}, {"labels": {"licence": "x"}}, {"limit": 4}):
        pack(source, out, **change)
        assert state(out) != before, change
        before = state(out)
    os.utime(source, ns=(1, 1))
    pack(source, out, limit=4)
    assert state(out) != before


def test_a_changed_file_in_a_folder_is_seen(clip, make, tmp_path, pack):
    source = tmp_path / "clips"
    source.mkdir()
    for name in ("a", "b"):
        (source / f"{name}.mp4").write_bytes(clip)
    pack(source, source)  # beside its own source: its shard is no clip
    before = state(source)
    assert pack(source, source).seen == 2 and state(source) == before
    (source / "b.mp4").write_bytes(make.mp4(seed=3))
    assert pack(source, source).whole == 2 and state(source)["clips.tar"] != before["clips.tar"]


def enrich(path: Path) -> None:
    made = Provenance("faces", 1)
    rewrite(path, {"note.txt": lambda row: b"seen"}, provenance=[made])


def test_an_enriched_shard_counts_as_packed_and_is_not_lost(mixed, tmp_path, pack):
    source, out = zipped(tmp_path / "g.zip", mixed), tmp_path / "out"
    pack(source, out)
    enrich(out / "g.tar")
    before = state(out)
    assert pack(source, out).whole == 3 and state(out) == before
    with pytest.raises(UsageError, match=r"columns that packing cannot make again \(note\.txt\).*--force"):
        pack(source, out, crf=30)
    assert state(out) == before
    pack(source, out, crf=30, force=True)
    with Shard(out / "g.tar") as shard:
        assert shard.columns == ["json", "mp4", "mp4.packets.npy", "sound.packets.npy"]


def test_a_damaged_or_missing_shard_is_packed_again(mixed, tmp_path, pack):
    source, out = zipped(tmp_path / "g.zip", mixed), tmp_path / "out"
    pack(source, out)
    whole = (out / "g.tar").read_bytes()
    (out / "g.tar").write_bytes(whole[:-512])
    with pytest.raises(UsageError, match="does not open as a shard"):
        pack(source, out)
    (out / "g.tar").unlink()
    pack(source, out)
    assert (out / "g.tar").read_bytes() == whole


def test_shards_that_a_new_split_has_no_use_for_go(clip, tmp_path, pack):
    source, out = zipped(tmp_path / "g.zip", {f"{i}.mp4": clip for i in range(30)}), tmp_path / "out"
    pack(source, out, max_bytes=1 << 16)
    split = listing(out)
    assert "g-00000.tar" in split and "g-00001.tar" in split and "g.tar" not in split
    (out / "g-other.tar.txt").write_text("mine")
    pack(source, out)
    assert listing(out) == ["g-other.tar.txt", "g.pack.json", "g.parquet", "g.tar"]


def test_shards_of_a_run_that_was_cut_off_go_too(clip, tmp_path, pack):
    source, out = zipped(tmp_path / "g.zip", {f"{i}.mp4": clip for i in range(30)}), tmp_path / "out"

    def stop(done, total):
        if done == 25:
            raise KeyboardInterrupt

    options = PackOptions(max_bytes=1 << 16)
    with pytest.raises(KeyboardInterrupt):
        Packer(open_source(source), out, options).run(stop)
    assert "g-00001.tar" in listing(out) and "g.tar" not in listing(out)
    assert pack(source, out).whole == 30 and listing(out) == ["g.pack.json", "g.parquet", "g.tar"]


def test_a_shard_behind_a_gap_is_told_by_the_clips_that_were_packed_already_too(clip, tmp_path, pack):
    source, out = zipped(tmp_path / "g.zip", {f"{i}.mp4": clip for i in range(30)}), tmp_path / "out"
    pack(source, out, max_bytes=1 << 16)
    split = listing(out)
    assert "g-00002.tar" in split
    for name in ("g.pack.json", "g-00001.tar"):
        (out / name).unlink()
    (out / "g-00000.tar").replace(out / "g-00002.tar")  # clips that are packed before this name is reached again
    (out / "g-00000.parquet").replace(out / "g-00002.parquet")
    assert pack(source, out, max_bytes=1 << 16).whole == 30 and listing(out) == split


def test_clips_are_forgotten_as_their_samples_are_made(clip, tmp_path):
    source = zipped(tmp_path / "g.zip", {f"{i}.mp4": clip for i in range(9)} | {"cut.mp4": clip[:900]})
    packer, waiting = Packer(open_source(source), tmp_path / "out", PackOptions(), workers=2), []
    packer.run(lambda done, total: waiting.append(sum(bool(one.entries) for one in packer.listed.clips)))
    assert waiting[0] == 10 and waiting[-2:] == [3, 0] and sorted(waiting, reverse=True) == waiting


def test_a_split_stops_before_the_work_where_a_foreign_shard_stands(clip, tmp_path, pack):
    source, out = zipped(tmp_path / "g.zip", {"a.mp4": clip}), tmp_path / "out"
    out.mkdir()
    for name in ("g-00000.tar", "g-00001.tar"):
        with tarfile.open(out / name, "w") as tar:
            tar.add(source, "a.mp4")
    with pytest.raises(UsageError, match=r"g-00000\.tar is there and was not made by packing"):
        pack(source, out, max_bytes=1 << 20)
    assert pack(source, out).whole == 1  # an unsplit run has another name


def test_a_source_that_goes_ends_the_run_and_leaves_no_shard(clip, tmp_path):
    source, out = tmp_path / "clips", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    for i in range(4):
        (source / f"{i}.mp4").write_bytes(clip)

    def progress(done, total):
        if done == 2:
            shutil.rmtree(source)

    with pytest.raises(SourceError, match="vanished"):
        Packer(open_source(source), out, PackOptions(), workers=1).run(progress)
    assert listing(out) == ["clips.pack.json"]
    record = json.loads((out / "clips.pack.json").read_bytes())
    assert "vanished" in record["error"] and record["whole"] in (2, 3)  # the third may have been read ahead


def test_an_output_folder_that_goes_ends_the_run(clip, tmp_path):
    source, out = zipped(tmp_path / "g.zip", {"a.mp4": clip}), tmp_path / "out"
    with pytest.raises(StorageError, match="the folder is gone"):
        Packer(open_source(source), out, PackOptions()).run(lambda done, total: done or shutil.rmtree(out))


def test_real_clips_are_all_packed(real, tmp_path, pack):
    """Every clip of the README's table: packed byte for byte, with the frames that its table counts."""
    table = {}
    for line in (real / "README.md").read_text("utf-8").splitlines():
        if line.startswith("| video/"):
            cells = [cell.strip() for cell in line.split("|")]
            frames = int(cells[6].split(" frames decoded")[0].split()[-1])
            table[Path(cells[1]).stem] = (cells[1], int(cells[2]), frames)
    table = {name: row for name, row in table.items() if (real / row[0]).exists()}
    report = pack(real / "video", tmp_path / "out")
    assert report.seen == report.whole == len(table) == 21 and not report.rejected
    packed = {}
    for file in (tmp_path / "out").glob("*.tar"):
        with Shard(file) as shard:
            for row in range(len(shard)):
                facts = shard.json(row)
                packed[facts["name"]] = facts["frames"]
                assert shard.read(row, shard.video()) == (real / table[facts["name"]][0]).read_bytes()
    assert packed == {name: frames for name, (_, _, frames) in table.items()}
