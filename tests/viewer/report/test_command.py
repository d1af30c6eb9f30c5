"""`faceshards report`, as a user types it."""

import json

import pytest

from faceshards.__main__ import main
from faceshards.bench.object_store import ObjectStore


@pytest.fixture
def run(capsys):
    def command(*words):
        try:
            main(["report", *map(str, words)])
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return command


def test_a_page_is_written_and_its_counts_are_said(run, dataset, tmp_path):
    code, out, _ = run(dataset, "--out", tmp_path / "r.html", "--title", "A <title>", "--clips", 2)
    assert code == 0 and "10 clips in = 4 whole + 2 failed + 4 rejected" in out
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "<h1>A &lt;title&gt;</h1>" in page and page.count('<article class="card" id=') == 2
    assert "unchecked: checksums were not read" in page
    run(dataset, "--out", tmp_path / "r.html", "--deep", "--clips", 0)
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "<h1>Talking-face clips</h1>" in page and "checksums were not read" not in page and "0 of 6 packed" in page


def test_a_filter_chooses_what_is_shown_and_counted(run, dataset, tmp_path):
    where = "identity = 'talk'"
    code, out, _ = run(dataset, "--out", tmp_path / "r.html", "--where", where)
    assert code == 0 and "1 clips in = 1 whole + 0 failed + 0 rejected" in out
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "Only clips for which identity = &#39;talk&#39; holds: 1 of 6." in page and "astronaut" not in page
    assert run(dataset, "--out", tmp_path / "no.html", "--where", "no_such > 1")[0] == 2
    assert not (tmp_path / "no.html").exists()


def test_shards_in_a_store_are_read_by_ranges_with_the_reports_beside_them(run, dataset, tmp_path, monkeypatch):
    with ObjectStore() as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        for file in dataset.iterdir():
            store.put(f"bucket/set/{file.name}", file.read_bytes())
        run("s3://bucket/set", "--out", tmp_path / "few.html", "--clips", 1)
        sent = sum(one["sent"] for one in store.log() if one["key"].endswith(".tar"))
        code, out, _ = run("s3://bucket/set", "--out", tmp_path / "far.html")
    assert sent < 0.4 * sum(file.stat().st_size for file in dataset.glob("*.tar"))
    assert code == 0 and "9 clips in = 4 whole + 2 failed + 3 rejected" in out  # cut.pack.json has no shard
    assert run(dataset, "--out", tmp_path / "near.html")[0] == 0
    far, near = ((tmp_path / name).read_text("utf-8") for name in ("far.html", "near.html"))
    assert far.count("<video") == near.count("<video") > 6 and far.count("<img") == near.count("<img")
    assert "No pack report" not in far and "frame 1 has 0 bytes" in far


def test_nothing_to_show_is_one_line(run, tmp_path):
    code, _, err = run(tmp_path, "--out", tmp_path / "r.html")
    assert code == 2 and "no .tar shard under" in err and err.count("\n") == 1


def test_many_clips_of_many_reasons_give_a_page_of_bounded_length(run, samples, tmp_path):
    """What is cut is counted: a reason a clip, a shard of its own each."""
    one = samples.whole("a")
    for number in range(120):
        sample = {"json": one["json"] | {"name": f"{number}"}, "mp4": one["mp4"]}
        if number % 2:
            sample["json"] = sample["json"] | {"failures": [{"stage": "faces", "code": f"odd-{number}", "reason": "r"}]}
        samples.write(tmp_path / "set" / f"{number:03}.tar", [sample]) if number else (tmp_path / "set").mkdir()
    assert run(tmp_path / "set", "--out", tmp_path / "r.html", "--clips", 1)[0] == 0
    page = (tmp_path / "r.html").read_text("utf-8")
    assert page.count(">odd-") < 120 and "<b>48</b> of 48 other kinds" in page
    assert "and 19 more</th>" in page and "119 shards</th>" in page
    assert json.dumps("and 111 more shards")[1:-1] in page
