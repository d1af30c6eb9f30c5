"""`faceshards legacy`: old tars in and out through the command, and the table at its end."""

import json
import pickle

import numpy as np
import pytest
import webdataset as wds
from rich.text import Text
from typer.testing import CliRunner

from faceshards.packing.legacy import LegacyReport
from faceshards.packing.legacy_command import app, closing_table
from faceshards.shards.reader import Shard
from tests.packing.conftest import rows_of

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def test_in_and_out_by_command(old, tmp_path):
    run = CliRunner().invoke(
        app, ["import", str(old), "--out", str(tmp_path / "new"), "--collection", "VFHQ", "--json"]
    )
    assert run.exit_code == 0, run.output
    (report,) = json.loads(run.stdout)
    assert (report["kind"], report["seen"], report["whole"], report["failures"]) == ("sigma", 2, 1, 1)
    assert report["rejected"][0]["name"] == "cut" and not report["rejected"][0]["kept"]
    assert (tmp_path / "new" / "archive_0.import.json").exists()
    with Shard(tmp_path / "new" / "archive_0.tar") as shard:
        facts = shard.json(0)
        assert facts["collection"] == "VFHQ" and facts["frames"] == 6 and facts["video_codec"] == "h264"
        assert facts["sound_drift"] == pytest.approx(6 / 29 - 6 * 1001 / 30000, abs=1e-9)
        assert shard.get(0, "mp4.packets.npy").shape == (6, 8) and facts["media"]["mp4"]["codec"] == "h264"
    words = ["export", str(tmp_path / "new" / "archive_0.tar"), "--kind", "sigma", "--out", str(tmp_path / "again")]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 0 and "mp4.packets.npy" in run.output, run.output
    before, after = (
        next(iter(wds.WebDataset(str(path), shardshuffle=False)))
        for path in (old, tmp_path / "again" / "archive_0.tar")
    )
    assert before["mp4"] == after["mp4"] and before["fps.str"] == after["fps.str"]
    for name in ("dwpose_result.pyd", "audio_frames.pyd", "exist_face_frame_index.pyd"):
        one, two = (pickle.loads(sample[name]) for sample in (before, after))  # noqa: S301 - our own bytes
        np.testing.assert_array_equal(one, two)


def test_the_table_counts_every_sample_and_shows_names_as_they_are():
    report = LegacyReport("import", "[bold]old[/bold].tar", kind="v1", files=["[red]new[/red].tar"])
    report.add_whole(3)
    for name, code in (("[b]one[/b]", "truncated-media"), ("two", "bad-column"), ("three", "truncated-media")):
        report.add_failed("import", code)
        report.rejected.append({"name": name, "code": code, "reason": f"{name} is bad", "kept": False})
    report.absent = ["fps.str", "[i]"]
    rows = rows_of(closing_table(report))
    assert Text.from_markup(str(closing_table(report).title)).plain == "import [bold]old[/bold].tar"
    assert int(rows["samples in"]) == int(rows["whole"]) + int(rows["not whole"]) == 6
    assert rows["truncated-media"] == "2, such as '[b]one[/b]': [b]one[/b] is bad"
    assert rows["bad-column"] == "1, such as 'two': two is bad"
    assert rows["the trainer asks for"] == "fps.str, [i]" and rows["file"] == "[red]new[/red].tar"
    assert "left out" not in rows  # nothing was


def test_the_table_of_nothing_lost_names_no_reason():
    assert rows_of(closing_table(LegacyReport("export", "a.tar", kind="sigma"))) == {
        "kind": "sigma",
        "samples in": "0",
        "whole": "0",
        "not whole": "0",
    }


def test_the_caller_s_words_stand_in_the_json_and_reports_of_several_tars_are_one_list(old, tmp_path):
    second = old.with_name("archive_1.tar")
    second.write_bytes(old.read_bytes())
    words = ["--out", str(tmp_path / "new"), "--source", "web", "--licence", "CC0", "--citation", "[1]", "--json"]
    run = CliRunner().invoke(app, ["import", str(old), str(second), *words])
    assert run.exit_code == 0 and [one["seen"] for one in json.loads(run.stdout)] == [2, 2]
    with Shard(tmp_path / "new" / "archive_1.tar") as shard:
        facts = shard.json(0)
    assert (facts["source"], facts["licence"], facts["citation"]) == ("web", "CC0", "[1]")
    assert "collection" not in facts


def test_without_a_kind_nothing_is_exported(tmp_path):
    run = CliRunner().invoke(app, ["export", "a.tar", "--out", str(tmp_path / "out")])
    assert run.exit_code == 2 and "--kind" in run.output and not (tmp_path / "out").exists()
