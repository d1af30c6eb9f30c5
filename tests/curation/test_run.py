"""The work on one shard, on real shards with quick stages: what is made, what fails, what is skipped, what it costs."""

import numpy as np
import pytest

from faceshards.curation.engine import Stage
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import CurateJob, run_shard
from faceshards.curation.settled import mark_of
from faceshards.curation.work_folder import WorkFolder
from faceshards.errors import DamagedShard, ShardError, StageBug, StageError
from faceshards.jobs.job import Portion
from faceshards.jobs.report import Report, report_path
from faceshards.jobs.scratch import Scratch
from faceshards.jobs.work_place import work_folder
from faceshards.media.video.decode import frames
from faceshards.models.weights.landing import record_path
from faceshards.models.weights.registry import FOLDER_VARIABLE, looking_in
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import RowEdit, rewrite
from faceshards.shards.schema.removed import tombstone
from faceshards.shards.storage.lease import lease
from tests.curation.conftest import FRAMES, MADE, NAMES, column, failures, jsons, sample, write_shard
from tests.curation.toy_stages import Length, Light, Owned, Peak, Slow, Trouble


def test_new_columns_are_there_and_the_rest_kept_its_bytes(shard, bodies):
    with Shard(shard) as old:
        before = [old.sample(row) for row in range(len(old))]
        facts = jsons(shard)
    report = run_shard(shard, StagePlan((Light(), Peak())))
    assert (report.seen, report.whole, report.failed) == (6, 6, {})
    with Shard(shard) as new:
        assert new.keys == old.keys
        for row, name in enumerate(NAMES):
            pictures = np.stack(list(frames(bodies[name])))
            means = pictures.reshape(len(pictures), -1).mean(axis=1)
            assert new.get(row, "light.npy") == pytest.approx(means, abs=1e-3)
            assert int(new.get(row, "peak.npy")) == means.argmax()
            for kept in ("mp4", "mp4.packets.npy"):
                assert new.read(row, kept) == before[row][kept]
            json = new.json(row)
            assert json["light_mean"] == pytest.approx(means.mean(), abs=1e-3)
            assert {key: json[key] for key in facts[row] if key not in ("made", "inputs")} == {
                key: value for key, value in facts[row].items() if key not in ("made", "inputs")
            }
            assert json["made"]["mp4"] == MADE.fingerprint
            assert new.provenance[json["made"]["light.npy"]].stage == "light"


def test_each_frame_is_decoded_once_however_many_stages_there_are(shard):
    report = run_shard(shard, StagePlan((Light(), Peak(), Slow(seconds=0), Trouble())))
    assert report.counts == {"frames": sum(FRAMES), "frames_decoded": sum(FRAMES)}
    assert set(report.seconds) == {"decode", "light", "peak", "slow", "trouble", "rewrite"}


def test_a_second_run_decodes_nothing_and_does_not_touch_the_shard(shard):
    plan = StagePlan((Light(bad="hopper.2"), Peak(), Length()))
    first = run_shard(shard, plan)
    stamp, report = shard.stat(), report_path(shard, "curate").read_bytes()
    assert (first.worked["light"], first.worked["peak"]) == (
        len(FRAMES),
        len(FRAMES) - 1,
    )  # peak needs what light makes
    again = run_shard(shard, StagePlan((Light(bad="hopper.2"), Peak(), Length())))
    assert again.counts == {} and again.files == []
    assert (again.seen, again.whole, again.failed) == (first.seen, first.whole, first.failed)
    assert (shard.stat().st_ino, shard.stat().st_mtime_ns) == (stamp.st_ino, stamp.st_mtime_ns)
    assert report_path(shard, "curate").read_bytes() == report  # what the work cost is not overwritten with nothing
    assert not work_folder(shard).exists()


def test_a_failed_stage_leaves_a_column_without_a_value_its_reason_and_the_others(shard):
    report = run_shard(shard, StagePlan((Light(bad="hopper"), Peak(), Length())))
    assert column(shard, "light.npy")[1] is None and column(shard, "peak.npy")[1] is None
    assert column(shard, "light.npy")[0] is not None
    assert failures(shard) == {
        name: ({"light": "no-face", "peak": "needs-failed"} if name.startswith("hopper") else {}) for name in NAMES
    }
    assert (
        jsons(shard)[1]["states"] == {"light.npy": "failed", "peak.npy": "failed"} and "samples" not in jsons(shard)[1]
    )
    assert jsons(shard)[1]["failures"][0] == {"stage": "light", "code": "no-face", "reason": "hopper.1 is bad"}
    assert "light_mean" not in jsons(shard)[1] and jsons(shard)[0]["samples"] == 8 * 640
    assert (report.seen, report.whole, report.failed) == (6, 3, {"light": {"no-face": 3}})


def test_a_failure_that_is_mended_goes_and_one_that_stays_is_not_doubled(shard):
    run_shard(shard, StagePlan((Light(bad="hopper"), Peak())))
    run_shard(shard, StagePlan((Light(bad="hopper.1"), Peak())))
    assert failures(shard) == {name: {} for name in NAMES} | {"hopper.1": {"light": "no-face", "peak": "needs-failed"}}
    assert len(jsons(shard)[1]["failures"]) == 2
    run_shard(shard, StagePlan((Light(), Peak())))
    assert failures(shard) == {name: {} for name in NAMES}
    assert all(one is not None for one in column(shard, "peak.npy"))


def test_a_clip_that_fails_newly_loses_the_scores_of_before(shard):
    run_shard(shard, StagePlan((Light(),)))
    assert "light_mean" in jsons(shard)[1]
    run_shard(shard, StagePlan((Light(bad="hopper.1"),)))
    assert "light_mean" not in jsons(shard)[1] and column(shard, "light.npy")[1] is None


def test_a_changed_parameter_runs_that_stage_and_those_behind_it_alone(shard):
    run_shard(shard, StagePlan((Light(), Peak(), Length())))
    before = jsons(shard)
    report = run_shard(shard, StagePlan((Light(gain=2.0), Peak(), Length())))
    assert set(report.seconds) == {"decode", "light", "peak", "rewrite"}
    for old, new in zip(before, jsons(shard), strict=True):
        assert new["made"]["samples"] == old["made"]["samples"]
        assert new["made"]["light.npy"] != old["made"]["light.npy"]
        assert new["made"]["peak.npy"] == old["made"]["peak.npy"]
        assert new["inputs"]["peak"] != old["inputs"]["peak"]
        assert new["light_mean"] == pytest.approx(2 * old["light_mean"], abs=2e-3)


def test_a_stage_that_is_added_leaves_the_others_alone(shard):
    run_shard(shard, StagePlan((Light(),)))
    report = run_shard(shard, StagePlan((Light(), Peak())))
    assert set(report.seconds) == {"peak", "rewrite"}
    assert report.counts == {}  # nothing needed a picture


def test_any_exception_of_a_stage_is_that_clips_failure(shard):
    report = run_shard(shard, StagePlan((Trouble(on="astro 2"), Light())))
    assert report.failed == {"trouble": {"stage-failed": 1}}
    assert jsons(shard)[2]["failures"][0]["reason"] == "ZeroDivisionError: what a stage"
    assert all(one is not None for one in column(shard, "light.npy"))


BUGS = {
    "name": "NameError at toy_stages.py:",
    "import": "ModuleNotFoundError at ",
}


@pytest.mark.parametrize("how", BUGS)
def test_a_bug_in_a_stage_ends_the_run_and_leaves_the_shard_as_it_was(shard, how):
    before = shard.read_bytes()
    with pytest.raises(StageBug, match=f"stage trouble, clip 'astro 2': {BUGS[how]}") as caught:
        run_shard(shard, StagePlan((Light(), Trouble(on="astro 2", how=how))))
    assert "\n" not in str(caught.value) and shard.read_bytes() == before
    report = Report.load(report_path(shard, "curate"))
    assert report.error == str(caught.value) and (report.seen, report.files) == (0, [])
    assert report.bug.startswith("Traceback") and "toy_stages.py" in report.bug
    mended = run_shard(shard, StagePlan((Light(), Trouble())))
    assert mended.whole == 6 and mended.counts["frames_decoded"] >= sum(FRAMES)
    assert Report.load(report_path(shard, "curate")).bug is None


def test_an_attribute_that_is_not_there_ends_the_run_while_the_stage_has_finished_no_clip(shard):
    class Never(Light):
        async def work(self, clip, out):
            clip.no_such_thing  # noqa: B018 - a bug on purpose

    with pytest.raises(StageBug, match=r"AttributeError at test_run\.py:"):
        run_shard(shard, StagePlan((Never(),)))


def test_an_attribute_that_is_not_there_is_a_clips_failure_once_the_stage_has_finished_one(shard):
    report = run_shard(shard, StagePlan((Trouble(on="hopper.3", how="attribute"),)))  # the last: two are whole by then
    assert (report.whole, report.failed) == (5, {"trouble": {"stage-failed": 1}})
    (told,) = report.traces
    assert "AttributeError" in told["trace"]


def test_a_bug_in_a_stages_set_up_ends_the_run(shard, monkeypatch):
    before = shard.read_bytes()
    monkeypatch.setattr(Light, "setup", lambda stage: undefined)  # noqa: F821 - a bug on purpose
    with pytest.raises(StageBug, match=r"stage light, while it was set up: NameError at test_run\.py:"):
        run_shard(shard, StagePlan((Light(),)))
    assert shard.read_bytes() == before


@pytest.mark.parametrize("error", [RuntimeError, SystemExit])
def test_a_stage_that_cannot_be_set_up_is_named(shard, monkeypatch, error):
    def setup(stage):
        raise error("no gpu")

    before = shard.read_bytes()
    monkeypatch.setattr(Light, "setup", setup)
    with pytest.raises(
        StageError, match=rf"stage light cannot be set up: {error.__name__} at test_run\.py:\d+: no gpu"
    ):
        run_shard(shard, StagePlan((Light(),)))
    assert shard.read_bytes() == before


@pytest.mark.parametrize(("how", "said"), [("object", "ColumnError: "), ("nan", "ValueError: ")])
def test_a_result_that_no_shard_can_hold_is_that_clips_failure(shard, how, said):
    report = run_shard(shard, StagePlan((Trouble(on="astro 2", how=how), Light())))
    assert (report.whole, report.failed) == (5, {"trouble": {"stage-failed": 1}})
    assert jsons(shard)[2]["failures"][0]["reason"].startswith(said)
    assert column(shard, "trouble.npy")[2] is None


def test_a_column_that_does_not_decode_is_a_failure_of_the_stage_that_reads_it(tmp_path, bodies):
    members = sample("a", bodies["astro 1"])
    path = write_shard(tmp_path / "x.tar", {"a": {**members, "light.npy": b"no array"}})
    run_shard(path, StagePlan((Peak(),)))
    assert failures(path) == {"a": {"peak": "stage-failed"}}


def test_a_clip_that_does_not_decode_fails_where_pictures_are_needed_and_the_others_are_whole(tmp_path, bodies):
    cut = bodies["astro 1"][: len(bodies["astro 1"]) * 2 // 3]
    path = write_shard(
        tmp_path / "d" / "mixed.tar",
        {
            "good": sample("good", bodies["astro 2"]),
            "cut": sample("cut", cut, broken=True),
            "empty": sample("empty", b"", broken=True),
            "noise": sample("noise", bytes(range(256)) * 40, broken=True),
            "last": sample("last", bodies["astro 3"]),
        },
    )
    report = run_shard(path, StagePlan((Light(), Peak(), Length())))
    codes = failures(path)
    assert codes["good"] == codes["last"] == {}
    assert codes["cut"]["light"] == "truncated-media" and codes["cut"]["peak"] == "needs-failed"
    assert codes["empty"]["light"] == "empty-file"
    assert codes["noise"]["light"] == "broken-media"
    assert (report.seen, report.whole, report.failures) == (5, 2, 3)


def test_a_limit_does_the_first_clips_and_leaves_the_rest_to_be_done(shard):
    report = run_shard(shard, StagePlan((Light(),), limit=2))
    assert (report.seen, report.counts["frames_decoded"]) == (2, 18)
    assert [one is not None for one in column(shard, "light.npy")] == [True] * 2 + [False] * 4
    assert [("light.npy" in facts["made"]) for facts in jsons(shard)] == [True] * 2 + [False] * 4
    assert failures(shard) == {name: {} for name in NAMES}
    assert run_shard(shard, StagePlan((Light(),))).counts["frames_decoded"] == sum(FRAMES) - 18


def test_a_shard_that_somebody_else_replaced_is_not_taken_for_a_finished_one(shard):
    run_shard(shard, StagePlan((Length(),)))
    with Shard(shard) as opened:
        WorkFolder(opened).settle()
    rewrite(shard, {"x.txt": lambda row: b"x"})
    with lease(shard) as held, pytest.raises(ShardError, match="written by somebody else"):
        CurateJob(StagePlan((Light(),))).close(str(shard), held)


def test_what_is_finished_and_cannot_be_seen_where_the_shard_is_closed_is_not_taken_for_done(shard):
    before, job = shard.read_bytes(), CurateJob(StagePlan((Light(),), retry=frozenset({"no-face"})))
    opened = job.open(str(shard))
    with opened.held as held:
        job.work(Portion(str(shard), tuple(opened.items[:4])), "host-1")
        job.work(Portion(str(shard), tuple(opened.items[4:])), "host-2")
        (hidden,) = work_folder(shard).glob("spill.*.host-2")
        aside = hidden.rename(shard.parent / "aside")
        with pytest.raises(ShardError, match=r"group\.tar: 2 clips lack something though all are done"):
            job.close(str(shard), held)
        assert shard.read_bytes() == before
        aside.rename(hidden)
        assert job.close(str(shard), held).whole == 6 and not work_folder(shard).exists()


def test_a_shard_is_closed_by_the_recipes_that_it_was_worked_on_with(shard, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    folder = tmp_path / "weights"
    folder.mkdir()
    for path, body in ((folder / "vgg_face.pt", "x"), (record_path(folder / "vgg_face.pt"), "5e" * 32)):
        path.write_text(body)
    driver, worker, closer = (CurateJob(StagePlan((Owned(),)), weights=str(folder)) for _ in range(3))
    with looking_in(str(folder)):
        opened = driver.open(str(shard))
    with opened.held as held:  # in actors, where the variable names nothing
        worker.work(Portion(str(shard), tuple(opened.items)), "host-1")
        report = closer.close(str(shard), held)
    assert report.settled["plan"] == mark_of(driver.plan)
    with Shard(shard) as new:
        (models,) = [made.models for made in new.provenance.values() if made.stage == "owned"]
    assert models == {"vgg_face.pt": "5e" * 32}


def test_whoever_closes_late_leaves_the_folder_of_the_next_run(shard, monkeypatch):
    job, save = CurateJob(StagePlan((Light(),))), Report.save

    def late(report: Report, path) -> None:
        save(report, path)
        if report.error is None:
            with Shard(shard) as opened:
                WorkFolder(opened).settle()

    opened = job.open(str(shard))
    with opened.held as held:
        job.work(Portion(str(shard), tuple(opened.items)), "host-1")
        monkeypatch.setattr(Report, "save", late)
        assert job.close(str(shard), held).whole == 6
    with Shard(shard) as new:
        WorkFolder(new).check()


def test_what_no_clip_can_help_ends_the_shard_and_leaves_it_as_it_was(shard, monkeypatch):
    before = shard.read_bytes()

    def absent(stage: Stage) -> None:
        raise StageError("no such device")

    with monkeypatch.context() as patch:
        patch.setattr(Light, "setup", absent)
        with pytest.raises(StageError, match="no such device"):
            run_shard(shard, StagePlan((Light(),)))
    with pytest.raises(StageError, match=r"needs the column light\.npy"):
        run_shard(shard, StagePlan((Peak(),)))
    assert shard.read_bytes() == before


def test_a_damaged_member_is_an_error_of_the_shard_not_of_a_clip(shard):
    body = bytearray(shard.read_bytes())
    with Shard(shard) as opened:
        body[opened.extent(2, "mp4").offset + 3000] ^= 1
    shard.write_bytes(body)
    with pytest.raises(DamagedShard, match=r"mp4 differs from its checksum"):
        run_shard(shard, StagePlan((Light(),)))


def test_a_foreign_tar_is_refused(tmp_path):
    import io
    import tarfile

    with tarfile.open(tmp_path / "foreign.tar", "w") as tar:
        for name, body in (("a.mp4", b"x"), ("a.json", b"{}")):
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    with pytest.raises(ShardError):
        run_shard(tmp_path / "foreign.tar", StagePlan((Length(),)))


def test_progress_is_told_clip_by_clip(shard):
    told = []
    run_shard(shard, StagePlan((Light(),)), advance=lambda done, known: told.append((done, known)))
    assert told == [(i, 6) for i in range(7)]


def test_no_stage_looks_at_a_row_that_was_removed(shard):
    with Shard(shard) as old:
        edits = {1: RowEdit(old.keys[1], tombstone("request"), old.columns)}
    rewrite(shard, {}, edits=edits)
    report = run_shard(shard, StagePlan((Light(), Length())))
    assert (report.seen, report.whole, report.counts["removed"]) == (5, 5, 1)
    assert report.counts["frames_decoded"] == sum(FRAMES) - FRAMES[1]
    with Shard(shard) as new:
        assert [new.filled(row, "light.npy") for row in range(6)] == [row != 1 for row in range(6)]
        assert new.json(1).keys() == {"removed", "states"} and set(new.json(1)["states"].values()) == {"n/a"}
    stamp = shard.stat().st_mtime_ns
    run_shard(shard, StagePlan((Light(), Length())))
    assert shard.stat().st_mtime_ns == stamp


def test_what_a_machine_kept_of_a_shard_of_a_store_goes_when_it_is_closed(tmp_path):
    job = CurateJob(StagePlan((Light(),)), scratch=Scratch(tmp_path / "scratch"))
    url, path = "s3://bucket/group.tar", str(tmp_path / "group.tar")
    for source in (url, path):
        job.journal(source).parent.mkdir(parents=True)
        job.forget(source)
    assert [job.journal(source).parent.exists() for source in (url, path)] == [False, True]
