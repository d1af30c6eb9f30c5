"""How the demo ends: what is printed is what there is."""

import io
from collections import Counter
from pathlib import Path

from rich.console import Console

from faceshards.bench.demo.closing import print_summary, write_page
from faceshards.bench.demo.road import Road, Step
from faceshards.shards.writer import ShardWriter


def ended(tmp_path, why):
    """The summary and the page of a road with one shard of two clips."""
    road = Road(tmp_path / "a [red]name\x1b[31m")
    road.shards.mkdir(parents=True)
    with ShardWriter(road.shards / "a.tar") as out:
        for name in ("one", "two"):
            out.add(name, {"json": {"name": name}, "mp4": b"a clip"})
    funnel = write_page(road, [Step("inspect", "what", ("inspect",))], None, [why] if why else [])
    console = Console(record=True, width=80, file=io.StringIO())
    print_summary(console, road, funnel, Counter(pack=1.5), 2.0, why)
    return console.export_text(), road.report.read_text()


def test_without_a_face_none_is_named_and_both_say_why(tmp_path):
    said, page = ended(tmp_path, "No clip has sound.")
    assert "face:    none: No clip has sound." in said and "face.png" not in said
    assert "<li>No clip has sound.</li>" in page
    assert "2 whole + 0 failed = 2 clips in" in said and "pack 1.5, all 2.0" in said


def test_a_folder_s_name_cannot_command_the_terminal(tmp_path):
    said, _ = ended(tmp_path, "")
    assert "a [red]name" in said and "\x1b" not in said
    assert Path(said.split("report:  ")[1].split(" (open")[0]).name == "report.html"
