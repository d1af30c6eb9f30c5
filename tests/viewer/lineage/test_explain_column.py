"""`faceshards explain`, as it is typed, on shards that packing and curation made."""

import json
from fractions import Fraction

import numpy as np
import pytest

from faceshards.__main__ import main
from faceshards.bench.object_store import ObjectStore
from faceshards.media.encode import encode
from faceshards.media.sound import Sound


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """`shards/clips.tar`: two clips, one silent, packed and curated by the commands."""
    folder = tmp_path_factory.mktemp("explain")
    (folder / "clips").mkdir()
    pictures = [np.full((48, 64, 3), 20 * number, np.uint8) for number in range(6)]
    tone = Sound(np.sin(np.arange(3840) / 8).astype(np.float32) / 2, 16000)
    (folder / "clips" / "a talk.mp4").write_bytes(encode(iter(pictures), Fraction(25), sound=tone))
    (folder / "clips" / "mute.mp4").write_bytes(encode(iter(pictures), Fraction(25)))
    for words in (
        ["pack", str(folder / "clips"), "--out", str(folder / "shards")],
        ["curate", str(folder / "shards"), "--stages", "loudness,stylize", "--inline"],
    ):
        with pytest.raises(SystemExit) as end:
            main(words)
        assert not end.value.code
    return folder


@pytest.fixture
def run(capsys, monkeypatch, folder):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "120")

    def explain(*words):
        with pytest.raises(SystemExit) as end:
            main(["explain", *words])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return explain


def test_a_column_of_curation_is_told_down_to_packing(run):
    code, out, err = run("shards/clips.tar", "a=20talk", "styled.mp4")
    assert (code, err) == (0, "")
    lines = [line.strip(" │├└─") for line in out.splitlines()]
    assert lines[0] == "styled.mp4 of a=20talk (a talk), row 0 of shards/clips.tar"
    assert lines[2] == "state done" and lines[4].startswith("made by stylize v")
    assert "parameter levels = 8" in lines
    assert any(line.startswith("from mp4, mp4.packets.npy, sound.packets.npy, made by pack v") for line in lines)
    assert "clip name a talk, source clips, container mp4, video_codec h264, sound_codec aac" in lines, (
        "whole in a pipe"
    )


def test_json_says_the_same(run):
    record = json.loads(run("shards", "a talk", "styled.mp4", "--json")[1])
    assert (record["shard"], record["key"], record["state"]) == ("shards/clips.tar", "a=20talk", "done")
    assert record["made"]["stage"] == "stylize" and record["made"]["params"]["levels"] == 8
    (pack,) = record["made"]["inputs"]
    assert (pack["stage"], pack["columns"]["mp4"], pack["inputs"]) == ("pack", "done", [])


def test_without_a_column_all_are_listed(run):
    code, out, _ = run("shards/clips.tar", "mute")
    rows = {line.split()[0]: line.split()[1] for line in out.splitlines()[4:] if line.strip()}
    assert code == 0 and rows == {
        "json": "done",
        "mp4": "done",
        "mp4.packets.npy": "done",
        "sound.packets.npy": "n/a",
        "styled.mp4": "done",
        "styled.mp4.packets.npy": "done",
        **dict.fromkeys(("loudness_db", "lufs", "rms_gain_db", "peak_gain_db", "snr_db", "clipped_share"), "n/a"),
    }
    told = json.loads(run("shards/clips.tar", "mute", "--json")[1])["columns"]
    assert [one["column"] for one in told] == list(rows) and [one["state"] for one in told] == list(rows.values())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shards/clips.tar", "mtue", "mp4"], "no sample 'mtue' in shards/clips.tar: the nearest is mute; name it by"),
        (["shards/clips.tar", "mute", "mp5"], "no column or scalar 'mp5': the nearest is mp4;"),
        (["shards/clips.tar", "mute", "\x1b[2J"], "no column or scalar '\\x1b[2J'"),
        (["nothing.tar", "mute", "mp4"], "nothing.tar: no such file or folder"),
        (["shards/clips.tar"], "KEY is missing"),
    ],
)
def test_a_wrong_name_is_one_line(run, words, said):
    code, out, err = run(*words)
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err and "\x1b" not in err


def test_at_a_url(run, folder, monkeypatch, tmp_path_factory):
    here = run("shards/clips.tar", "mute", "mp4")[1]
    with ObjectStore(tmp_path_factory.mktemp("store")) as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        for file in (folder / "shards").glob("clips.*"):
            store.put(f"bucket/shards/{file.name}", file.read_bytes())
        code, out, err = run("s3://bucket/shards/clips.tar", "mute", "mp4")
    assert (code, err) == (0, "") and out == here.replace("of shards/", "of s3://bucket/shards/")
