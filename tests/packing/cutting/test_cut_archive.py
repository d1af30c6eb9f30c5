"""Videos cut in packing: which samples come out, that counts add up, and that a second run does nothing."""

import io
import json
import tarfile
import threading
import zipfile
from fractions import Fraction

import numpy as np
import pytest

from faceshards.errors import SourceError
from faceshards.loaders import ShardDataset, Window
from faceshards.media.clip import Clip
from faceshards.media.encode import encode
from faceshards.media.sound.read import Sound
from faceshards.media.video.decode import decoded
from faceshards.packing.cutting.cut_rules import CutRules
from faceshards.packing.options import PackOptions
from faceshards.packing.packer import Packer
from faceshards.packing.sources.opening import open_source
from faceshards.packing.terminal import closing_table
from faceshards.shards.reader import Shard
from tests.packing.conftest import rows_of, zipped


@pytest.fixture(scope="module")
def talk() -> bytes:
    """Sixty pictures that grow lighter, 25 a second, a keyframe a second, with sound."""
    tone = np.sin(np.arange(38400) / 8).astype(np.float32) / 2
    shades = [np.full((48, 64, 3), 40 + 3 * number, np.uint8) for number in range(60)]
    return encode(shades, Fraction(25), sound=Sound(tone, 16000))


def samples(path) -> dict[str, dict]:
    with Shard(path) as shard:
        return {key: shard.json(row) for row, key in enumerate(shard.keys)}


def pictures(body: bytes) -> np.ndarray:
    return np.stack([one.to_ndarray() for one in decoded(body)])


@pytest.mark.parametrize("kind", ["stored zip", "deflated zip", "tar", "folder", "file"])
def test_cuts_are_the_same_out_of_every_source(talk, pack, tmp_path, kind):
    source = tmp_path / "talks"
    if kind.endswith("zip"):
        source = tmp_path / "talks.zip"
        with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED if "deflated" in kind else zipfile.ZIP_STORED) as out:
            out.writestr("talk.mp4", talk)
    elif kind == "tar":
        source = tmp_path / "talks.tar"
        with tarfile.open(source, "w") as out:
            info = tarfile.TarInfo("talk.mp4")
            info.size = len(talk)
            out.addfile(info, io.BytesIO(talk))
    else:
        source.mkdir()
        (source / "talk.mp4").write_bytes(talk)
    source = source / "talk.mp4" if kind == "file" else source
    report = pack(source, tmp_path / "out", cut=CutRules.of("1s"))
    assert (report.seen, report.whole, report.failures) == (3, 3, 0), report.rejected
    [path] = (tmp_path / "out").glob("*.tar")
    with Shard(path) as shard:
        assert shard.keys == ["talk-00000", "talk-00001", "talk-00002"]
        assert [shard.json(row)["cut"]["how"] for row in range(3)] == ["copied"] * 3
        found = np.concatenate([pictures(shard.read(row, "mp4")) for row in range(3)])
        assert (found == pictures(talk)).all()
        facts = shard.json(1)
        assert (facts["name"], facts["cut_of"], facts["cut_start"], facts["cut_end"]) == ("talk-00001", "talk", 1, 2)
        assert facts["cut"] == {
            "asked": [1, 2], "end": 2, "file": "talk.mp4", "frames": [25, 50], "how": "copied", "lead": 0, "start": 1,
            "tick": [1, 12800], "ticks": [12800, 25600],
        }  # fmt: skip
        assert {one.params["from"] for one in shard.provenance.values()} == {"cut"}
        assert shard.json(0)["made"]["mp4"] in shard.provenance


def test_a_second_run_does_nothing_and_another_cut_packs_anew(talk, pack, tmp_path):
    source = zipped(tmp_path / "t.zip", {"talk.mp4": talk})
    pack(source, tmp_path / "out", cut=CutRules.of("1s"))
    before = (tmp_path / "out" / "t.tar").stat().st_mtime_ns
    pack(source, tmp_path / "out", cut=CutRules.of("1s"))
    assert (tmp_path / "out" / "t.tar").stat().st_mtime_ns == before
    (tmp_path / "s.csv").write_text("talk,0.2,1\n")
    report = pack(source, tmp_path / "out", cut=CutRules.of(str(tmp_path / "s.csv")))
    assert report.whole == 1 and list(samples(tmp_path / "out" / "t.tar")) == ["talk-00000"]
    (tmp_path / "s.csv").write_text("talk,0.2,1\ntalk,1,2\n")
    assert pack(source, tmp_path / "out", cut=CutRules.of(str(tmp_path / "s.csv"))).whole == 2
    assert pack(source, tmp_path / "out").whole == 1 and "talk" in samples(tmp_path / "out" / "t.tar")


def test_a_list_of_spans_is_accounted_for_row_by_row(talk, make, pack, tmp_path):
    files = {"a.mp4": talk, "b.mp4": talk, "cut.mp4": talk[:3000], "f/1.png": make.frames(1)[0]}
    files["f/2.png"] = make.frames(1)[0]
    source = zipped(tmp_path / "t.zip", files)
    rows = ["a,0,1,ann,3", "a,1,0.5,,", "a,0.52,1.4,bob,4", "a,7,8,,", "zz,1,2,,", "cut,0,1,,", "cut,1,2,,"]
    (tmp_path / "s.csv").write_text("\n".join(["name,start,end,identity,take", *rows]))
    report = pack(source, tmp_path / "out", cut=CutRules.of(str(tmp_path / "s.csv")))
    assert report.seen == report.whole + report.failures == 6 and report.whole == 3
    assert {one["name"]: one["code"] for one in report.rejected} == {
        "a-00001": "bad-row",
        "a-00003": "too-few-frames",
        "cut": "truncated-media",
    }
    assert report.remarks == {
        "spans of no video": {"count": 1, "names": ["row 6: zz"]},
        "videos without a span": {"count": 1, "names": ["b"]},
    }
    found = samples(tmp_path / "out" / "t.tar")
    assert list(found) == ["a-00000", "a-00002", "f"]
    assert [(one.get("identity"), one.get("take")) for one in found.values()] == [("ann", 3), ("bob", 4), (None, None)]
    cut = found["a-00002"]["cut"]
    assert (cut["how"], cut["lead"], cut["frames"], cut["asked"]) == ("copied", 13, [13, 35], [0.52, 1.4])


def test_a_loader_s_windows_of_a_cut_are_those_of_the_video(talk, pack, tmp_path):
    source = zipped(tmp_path / "t.zip", {"a.mp4": talk})
    (tmp_path / "s.csv").write_text("a,0.52,1.4\n")
    pack(source, tmp_path / "cut", cut=CutRules.of(str(tmp_path / "s.csv")))
    pack(source, tmp_path / "whole")
    window = Window(4, stride=2, sound=16000)
    part = ShardDataset(tmp_path / "cut" / "t.tar", ["mp4"], window=window)[0]
    with Shard(tmp_path / "cut" / "t.tar") as shard, Shard(tmp_path / "whole" / "t.tar") as whole:
        assert shard.json(0)["cut"]["lead"] == 13
        clip, own = Clip.of(whole, 0, whole.json(0)), Clip.of(shard, 0, shard.json(0))
        assert len(own) == 22
        [chunk] = clip.frames(part["__frames__"] + 13)
        heard = clip.sound(0.52 + own.times[part["__frames__"][0]], 8 / 25, 16000).samples
    np.testing.assert_array_equal(part["mp4"], chunk.pictures)
    assert np.abs(part["sound"] - heard).max() < 2e-3


def test_exact_encodes_what_begins_at_no_keyframe(talk, pack, tmp_path):
    source = zipped(tmp_path / "t.zip", {"a.mp4": talk})
    (tmp_path / "s.csv").write_text("a,0.52,1.4\na,1,2\n")
    cut = CutRules.of(str(tmp_path / "s.csv"), exact=True)
    pack(source, tmp_path / "out", cut=cut)
    assert [one["cut"]["how"] for one in samples(tmp_path / "out" / "t.tar").values()] == ["encoded", "copied"]


def test_spans_that_are_too_short_are_counted_and_shown(talk, pack, tmp_path):
    source = zipped(tmp_path / "t.zip", {"a.mp4": talk, "b.mp4": talk})
    report = pack(source, tmp_path / "out", cut=CutRules.of("1s", 0.9))
    assert report.counts == {"spans too short": 2} and rows_of(closing_table(report))["spans too short"] == "2"
    none = pack(source, tmp_path / "other", cut=CutRules.of("1s", 5))
    assert none.error == "all 2 clips are rejected" and none.failed == {"pack": {"too-few-frames": 2}}


def test_the_speech_of_a_curated_shard_is_cut_out_of_it(talk, pack, tmp_path):
    with tarfile.open(tmp_path / "whole.tar", "w") as out:
        told = {"name": "a talk", "made": {}, "speech_spans": [[0.2, 0.9], [1.0, 1.8]], "licence": "CC0", "fps": 1}
        for name, body in (("a=20talk.json", json.dumps(told).encode()), ("a=20talk.mp4", talk), ("b.mp4", talk)):
            info = tarfile.TarInfo(name)
            info.size = len(body)
            out.addfile(info, io.BytesIO(body))
    report = pack(tmp_path / "whole.tar", tmp_path / "out", cut=CutRules.of("speech"))
    assert {one["name"]: one["code"] for one in report.rejected} == {"b": "bad-column"}
    found = samples(tmp_path / "out" / "whole.tar")
    assert list(found) == ["a=20talk-00000", "a=20talk-00001"]
    assert [(one["cut_of"], one["cut_start"], one["licence"], one["fps"]) for one in found.values()] == [
        ("a talk", 0.2, "CC0", [25, 1]),
        ("a talk", 1.0, "CC0", [25, 1]),
    ]


def test_bytes_do_not_depend_on_how_many_work_and_a_video_is_opened_once(talk, tmp_path, monkeypatch):
    source, opened = zipped(tmp_path / "t.zip", {f"{name}.mp4": talk for name in "abc"}), []
    from faceshards.packing.cutting import cut_archive

    class Counted(cut_archive.Reel):
        def __init__(self, *arguments):
            opened.append(threading.get_ident())
            super().__init__(*arguments)

        def close(self):
            opened.pop()
            super().close()

    most = []
    for workers in (1, 3):
        packer = Packer(
            open_source(source), tmp_path / str(workers), PackOptions(cut=CutRules.of("0.6s")), workers=workers
        )
        monkeypatch.setattr(cut_archive, "Reel", Counted)
        assert packer.run(lambda done, total: most.append(len(opened))).whole == 12
        assert not opened, "each is closed behind its last cut"

    def stops(done: int, total: int) -> None:
        if done == 1:
            raise SourceError("gone")

    packer = Packer(open_source(source), tmp_path / "gone", PackOptions(cut=CutRules.of("0.6s")))
    with pytest.raises(SourceError):
        packer.run(stops)
    assert not opened, "nor does one stay open when the run ends"
    assert len({(tmp_path / workers / "t.tar").read_bytes() for workers in "13"}) == 1
    assert max(most) <= 3


def test_the_command_cuts_and_says_what_it_cannot(talk, run, tmp_path):
    source = zipped(tmp_path / "t.zip", {"a.mp4": talk})
    code, said, _ = run("pack", source, "--cut", "1s", "--min-seconds", 0.5, "--out", tmp_path / "out")
    assert code == 0 and "spans too short" in said and "2" in said
    (tmp_path / "s.csv").write_text("other,0,1\n")
    code, _, err = run("pack", source, "--cut", tmp_path / "s.csv", "--out", tmp_path / "out")
    assert code == 1 and "no row" in err and "'a'" in err
    code, _, err = run("pack", source, "--exact", "--out", tmp_path / "out")
    assert code == 2 and "--cut" in err
    code, _, err = run("pack", source, "--cut", "soon", "--out", tmp_path / "out")
    assert code == 2 and "shots, speech" in err
    code, said, err = run("export", "clips", tmp_path / "out", tmp_path / "again")
    assert code == 0 and sorted(one.name for one in (tmp_path / "again").iterdir()) == ["a-00000.mp4", "a-00001.mp4"]
    code, said, _ = run("pack", "clips", "--help")
    assert "--cut" in said and "keyframe" in said
