"""`curate --plan`: what it prints, and that it changes nothing; a run says what it foretold."""

import json
from io import StringIO

from faceshards.curation.forecast import Prices
from faceshards.curation.outlook import Outlook, _by_shard, _lines
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import run_shard
from faceshards.curation.sampling import BESIDE, Sampled
from faceshards.curation.stages.loudness import Loudness
from faceshards.curation.survey import surveyed
from faceshards.curation.terminal import closing_table
from faceshards.jobs.report import Report, report_path, total
from faceshards.terminal import Screen
from tests.curation.test_curate import curate
from tests.curation.toy_stages import Length, Light, Peak


def printed(table) -> str:
    screen = Screen(file=StringIO(), width=120)
    screen.print(table)
    return screen.file.getvalue()


def test_the_plan_is_told_and_nothing_is_changed(some_shard, capsys):
    done, new = some_shard("done", "astro 1", "hopper.1"), some_shard("new", "astro 2", "hopper.2", "astro 3")
    run_shard(done, StagePlan((Loudness(),)))
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in done.parent.iterdir()}
    assert curate(done.parent, "--stages", "loudness", "--plan", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert [one["stages"] for one in record["shards"]] == [
        {"loudness": {"run": 0, "may_run": 0, "skip": 2}},
        {"loudness": {"run": 3, "may_run": 0, "skip": 0}},
    ]
    assert record["passes"] == [{"stages": ["loudness"], "decodes": False, "clips": 3, "may": False}]
    assert record["bytes"]["write"] >= new.stat().st_size and record["bytes"]["read"] > record["bytes"]["write"] / 2
    assert set(record["cpu_seconds"]["steps"]) == {"loudness", BESIDE} and record["cpu_seconds"]["total"] > 0
    assert (record["sampled"], record["clips"]) == (3, 3)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in done.parent.iterdir()} == before
    run_shard(new, StagePlan((Loudness(),)))
    assert curate(done.parent, "--stages", "loudness", "--plan") == 0
    assert "nothing to do" in capsys.readouterr().out


def test_the_table_and_the_lines_add_up(some_shard):
    paths = [some_shard("done", "astro 1"), some_shard("new", "astro 2", "hopper.2")]
    plan = StagePlan((Light(), Peak(), Length()))
    run_shard(paths[0], plan)
    surveys = surveyed(paths, StagePlan((Light(gain=2.0), Peak(), Length())))
    outstanding = [one for survey in surveys for one in survey.outstanding]
    paid = [(one.load, {"light": 2.0, "decode": 1.0, BESIDE: 0.25}) for one in outstanding]
    written = [(one.load, {BESIDE: 1000.0}) for one in outstanding]
    outlook = Outlook(("light", "peak", "length"), surveys, Sampled(Prices(paid), Prices(written), 1.5, 2))
    assert [round(outlook.seconds[step], 6) for step in ("decode", "light", "peak", BESIDE)] == [3.0, 6.0, 0.0, 0.75]
    whole = sum(path.stat().st_size for path in paths)
    assert outlook.bytes == (sum(one.bytes for one in outstanding) + whole + 3000, whole + 6000)
    table = printed(_by_shard(outlook))
    assert all(words in table for words in ("1 / 0", "0+1? / 0", "2 / 0", "3 / 0", "2+1? / 0", "2 / 1"))
    lines = "\n".join(_lines(outlook))
    assert "pass over 2 clips: one decode feeds light, peak, length" in lines
    assert "pass over 1 clips, where what they read has changed: no pictures: peak" in lines
    assert "about 9.8 CPU seconds, and 1.5 for each worker to begin; by 2 of 3 clips" in lines


def test_a_run_says_what_it_foretold_and_what_it_took(shard):
    report = run_shard(shard, StagePlan((Light(), Length())))
    assert report.forecast["predicted"] > 0
    spent = sum(seconds for step, seconds in report.seconds.items() if step != "rewrite")
    assert report.forecast["actual"] == Report.load(report_path(shard, "curate")).forecast["actual"]
    assert abs(report.forecast["actual"] - spent) < 1e-9
    both = total([report, report], "curate", "2 shards")
    assert both.forecast["actual"] == 2 * report.forecast["actual"]
    table = printed(closing_table(both))
    assert "CPU seconds, predicted" in table and "CPU seconds, actual" in table
    assert run_shard(shard, StagePlan((Light(), Length()))).forecast == {}
