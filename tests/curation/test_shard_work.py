"""What a run that was cut short costs: kills, deaths, clips that are given up, and that the bytes come out the same."""

import shutil

import pytest

from faceshards.curation.plan import StagePlan
from faceshards.curation.run import CurateJob, run_shard
from faceshards.curation.work_folder import WorkFolder, journal_path
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report, report_path
from faceshards.jobs.watch import WorkStep
from faceshards.jobs.work_place import work_folder
from faceshards.shards.reader import Shard
from faceshards.shards.storage.lease import lease
from tests.curation.conftest import FRAMES, column, failures, jsons
from tests.curation.toy_stages import Length, Light, Peak, Trouble


def test_the_bytes_do_not_depend_on_how_often_the_work_was_cut(shard, tmp_path, monkeypatch):
    plan = StagePlan((Light(bad="astro 3"), Peak(), Length()))
    other = tmp_path / "other" / shard.name
    other.parent.mkdir()
    other.write_bytes(shard.read_bytes())
    run_shard(shard, plan)

    class Interrupt(BaseException):
        pass

    rounds = 0
    means = Light.means
    while work_folder(other).exists() or rounds == 0:
        before = len(Journal(journal_path(other)).ended)

        def interrupted(stage, clip, pictures, before=before):
            if len(Journal(journal_path(other)).ended) >= before + 2:
                raise Interrupt
            return means(stage, clip, pictures)

        monkeypatch.setattr(Light, "means", interrupted)
        rounds += 1
        try:
            run_shard(other, plan)
        except Interrupt:
            continue
    assert rounds > 1
    assert other.read_bytes() == shard.read_bytes()
    report = Report.load(report_path(other, "curate"))
    assert report.counts["frames_decoded"] == sum(FRAMES)  # those of all rounds


def test_finished_clips_of_an_unfinished_shard_are_kept_when_the_plan_grows(shard, monkeypatch):
    class Interrupt(BaseException):
        pass

    def stop(stage, clip, pictures):
        if clip.facts["name"] == "hopper.3":
            raise Interrupt
        return means(stage, clip, pictures)

    means = Light.means
    with monkeypatch.context() as patch:
        patch.setattr(Light, "means", stop)
        with pytest.raises(Interrupt):
            run_shard(shard, StagePlan((Light(),)))
    assert Journal(journal_path(shard)).ended and not Journal(journal_path(shard)).in_flight
    report = run_shard(shard, StagePlan((Light(), Peak())))
    assert report.whole == 6
    assert report.counts["frames_decoded"] == sum(FRAMES)
    assert all(one is not None for one in column(shard, "peak.npy"))


def test_a_stage_that_killed_its_worker_twice_at_a_clip_is_not_tried_there_again(shard):
    with Shard(shard) as opened:
        folder = WorkFolder(opened).settle()
        for _ in range(2):
            folder.journal.start(6)
            folder.journal.begin(opened.keys[3])
            folder.journal.died([WorkStep((opened.keys[3],), "light")])
    report = run_shard(shard, StagePlan((Light(), Peak(), Length(), Trouble())))
    assert report.failed == {"light": {"quarantined": 1}}
    assert failures(shard)["hopper.2"] == {"light": "quarantined", "peak": "needs-failed"}


def test_a_clip_that_was_in_flight_with_others_at_a_death_is_done_by_itself(shard, monkeypatch):
    with Shard(shard) as opened:
        folder = WorkFolder(opened).settle()
        folder.journal.start(6)
        for row in (2, 4):
            folder.journal.begin(opened.keys[row])
        folder.journal.died([WorkStep((opened.keys[2],), "light"), WorkStep((opened.keys[4],), "light")])
        assert Journal(folder.journal.path).suspects == {opened.keys[2], opened.keys[4]}
    seen = []
    means = Light.means

    def watched(stage, clip, pictures):
        seen.append((clip.row, len(Journal(journal_path(shard)).in_flight)))
        return means(stage, clip, pictures)

    monkeypatch.setattr(Light, "means", watched)
    report = run_shard(shard, StagePlan((Light(), Peak())))
    assert report.whole == 6
    assert seen[:2] == [(2, 1), (4, 1)] and sorted(row for row, _ in seen) == [0, 1, 2, 3, 4, 5]


def test_a_killed_key_twice_is_quarantined_and_its_reason_said(shard):
    with Shard(shard) as opened:
        folder = WorkFolder(opened).settle()
        for _ in range(2):
            folder.journal.start(6)
            folder.journal.begin(opened.keys[3])
            folder.journal.died()
    report = run_shard(shard, StagePlan((Light(), Peak(), Length())))
    assert report.failed == {"light": {"quarantined": 1}}
    assert failures(shard)["hopper.2"] == {"light": "quarantined", "peak": "quarantined", "length": "quarantined"}


@pytest.mark.parametrize(
    ("step", "codes"),
    [("light", {"light": "timeout", "peak": "needs-failed"}), ("decode", {"light": "timeout", "peak": "needs-failed"})],
)
def test_a_step_that_ran_out_of_time_is_not_tried_again_and_the_others_are(shard, step, codes):
    with Shard(shard) as opened:
        folder = WorkFolder(opened).settle()
        folder.journal.start(6)
        folder.journal.begin(opened.keys[0])
        folder.journal.timed_out(opened.keys[0], step)
    report = run_shard(shard, StagePlan((Light(), Peak(), Length())))
    assert failures(shard)["astro 1"] == codes
    assert jsons(shard)[0]["samples"] == 8 * 640
    assert report.counts["frames_decoded"] == sum(FRAMES) - 8
    again = run_shard(shard, StagePlan((Light(), Peak(), Length()), retry=frozenset({"timeout"})))
    assert failures(shard)["astro 1"] == {}
    assert again.whole == 6


def test_a_retry_tries_also_what_an_unfinished_run_gave_up(shard):
    with Shard(shard) as opened:
        folder = WorkFolder(opened).settle()
        folder.journal.start(6)
        folder.journal.timed_out(opened.keys[0], "light")
        for _ in range(2):
            folder.journal.begin(opened.keys[3])
            folder.journal.died([WorkStep((opened.keys[3],), "light")])
    assert run_shard(shard, StagePlan((Light(),), retry=frozenset({"timeout"}))).failed == {"light": {"quarantined": 1}}


@pytest.mark.parametrize("left", ["folder", "nothing", "report"])
def test_a_kill_behind_the_rewrite_costs_no_figures(shard, monkeypatch, left):
    """The next to end it finds the folder of the shard before, or none."""
    plan = StagePlan((Light(), Trouble(on="astro 2")))
    save = Report.save

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        if left == "folder":
            patch.setattr(WorkFolder, "remove", killed)
        else:
            patch.setattr(Report, "save", lambda report, path: save(report, path) if report.error else killed())
        run_shard(shard, plan)
    if left == "nothing":
        shutil.rmtree(work_folder(shard))
    before = shard.read_bytes()
    with lease(shard) as held:
        report = None if left == "report" else CurateJob(plan).close(str(shard), held)
    report = report or run_shard(shard, plan)
    assert (report.seen, report.whole, report.failed, report.error) == (6, 5, {"trouble": {"stage-failed": 1}}, None)
    saved = Report.load(report_path(shard, "curate"))
    assert saved.error is None and saved.counts["frames_decoded"] == sum(FRAMES) and len(saved.traces) == 1
    assert saved.worked["light"] == 6 and saved.files == [str(shard)]
    assert shard.read_bytes() == before and not work_folder(shard).exists()
