"""The clips of `shard` are "astro 1" and others, 8 pictures and more."""

import numpy as np
import pytest

from faceshards.curation.clip import StageClip
from faceshards.curation.clip_run import DECODE, ClipRun, encoded, recorded
from faceshards.curation.stage import Failure, NotApplicable, Outcome
from faceshards.errors import ColumnError, StageBug
from faceshards.jobs.journal import DEATHS, Journal
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode_npy
from faceshards.shards.schema.provenance import Provenance
from tests.curation.toy_stages import Length, Light, Peak, Trouble

LIGHT, PEAK, TROUBLE, LENGTH = (Provenance(name, 1) for name in ("light", "peak", "trouble", "length"))


@pytest.fixture
def clip(some_shard):
    with Shard(some_shard("one", "astro 1")) as shard:
        yield StageClip(shard, 0, shard.json(0))


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal")


@pytest.fixture
def run(clip, journal):
    return ClipRun(clip, journal, None)


def codes(run) -> dict[str, str]:
    return {one["stage"]: one["code"] for one in run.facts["failures"]}


def test_a_result_is_taken_down_and_the_next_stage_finds_it(run, clip):
    run.stage(Light(), LIGHT)
    run.stage(Peak(), PEAK)
    means = clip.frames.mean(axis=(1, 2, 3), dtype=np.float64)
    light = decode_npy(run.columns["light.npy"])
    np.testing.assert_allclose(light, means, rtol=1e-6)
    assert decode_npy(run.columns["peak.npy"]) == light.argmax()
    assert run.facts["light_mean"] == pytest.approx(means.mean(), abs=1e-3) and "light_max" not in run.facts
    assert (run.facts["made"]["light.npy"], run.facts["made"]["peak.npy"]) == (LIGHT.fingerprint, PEAK.fingerprint)
    assert run.provenance == {LIGHT.fingerprint: LIGHT, PEAK.fingerprint: PEAK} and codes(run) == {}


def test_a_stage_that_fails_leaves_its_columns_empty_and_those_that_need_them(run):
    run.stage(Light(bad="astro"), LIGHT)
    run.stage(Peak(), PEAK)
    run.stage(Length(), LENGTH)
    assert run.columns == {"light.npy": b"", "peak.npy": b""}
    assert codes(run) == {"light": "no-face", "peak": "needs-failed"}
    assert run.facts["samples"] > 0 and run.facts["made"]["samples"] == LENGTH.fingerprint


@pytest.mark.parametrize(("how", "says"), [("raise", "ZeroDivisionError: what a stage"), ("object", ""), ("nan", "")])
def test_whatever_a_stage_raises_is_its_failure_of_that_clip(run, how, says):
    run.stage(Trouble("astro 1", how), TROUBLE)
    assert codes(run) == {"trouble": "stage-failed"} and run.columns == {"trouble.npy": b""}
    assert run.facts["failures"][0]["reason"].startswith(says)
    run.stage(Trouble(), TROUBLE)  # done again: its failure is gone
    assert codes(run) == {} and decode_npy(run.columns["trouble.npy"]).tolist() == [0]


@pytest.mark.parametrize("how", ["name", "import", "attribute"])
def test_a_programming_error_ends_everything_and_says_where(run, how):
    with pytest.raises(StageBug, match=r"stage trouble, clip 'astro 1': .*Error at .+:\d+: .+: mend the stage"):
        run.stage(Trouble("astro 1", how), TROUBLE)


def test_the_steps_are_journalled_and_timed(run, clip, journal):
    run.stage(Light(), LIGHT)
    lines = journal.path.read_text("utf-8")
    assert lines.index(DECODE) < lines.index("light")
    before = {"seconds": {"light": 100.0, "old": 1.0}, "counts": {"frames": 5}}
    cost = run.cost(before)
    assert set(cost["seconds"]) == {"light", "old", DECODE} and 100 < cost["seconds"]["light"] < 160
    assert cost["seconds"]["old"] == 1.0 and cost["counts"]["frames"] == 5 + len(clip.frames)


def test_a_clip_that_no_stage_looks_at_is_not_decoded(run, clip):
    run.stage(Length(), LENGTH)
    assert not clip.decoded and "frames" not in run.cost({})["counts"]


@pytest.mark.parametrize(("step", "barred"), [("light", {"light"}), (DECODE, {"light", "trouble"}), ("other", set())])
def test_what_ran_out_of_time_is_not_tried_again(run, clip, journal, step, barred):
    journal.begin(clip.key, step)
    journal.timed_out(clip.key, step)
    for stage, made in ((Light(), LIGHT), (Trouble(), TROUBLE), (Length(), LENGTH)):
        run.stage(stage, made)
    assert codes(run) == dict.fromkeys(barred, "timeout")


def test_a_clip_that_killed_its_workers_is_left_alone(clip, journal):
    for _ in range(DEATHS):
        journal.begin(clip.key, "light")
        journal.died()
    run = ClipRun(clip, journal, None)
    run.stage(Length(), LENGTH)
    assert codes(run) == {"length": "quarantined"}


def test_only_what_is_the_stages_own_is_replaced():
    light = Light()
    facts = {
        "name": "x", "light_mean": 1, "light_max": 2, "made": {"mp4": "a", "light.npy": "b"},
        "failures": [{"stage": "light", "code": "no-face"}, {"stage": "peak", "code": "timeout"}],
        "media": {"mp4": {"codec": "h264"}, "light.npy": {"old": 1}},
    }  # fmt: skip
    kept = {"name": "x", "made": {"mp4": "a", "light.npy": "c"}, "media": {"mp4": {"codec": "h264"}}}
    done = recorded(facts, light, Outcome(scores={"light_mean": 3, "other": 4}), "c")
    assert done == kept | {"light_mean": 3, "failures": [{"stage": "peak", "code": "timeout"}]}
    failed = recorded(facts, light, Failure("no-face", "none"), "c")
    last = {"stage": "light", "code": "no-face", "reason": "none"}
    states = {"states": {"light.npy": "failed"}}
    assert failed == kept | states | {"failures": [{"stage": "peak", "code": "timeout"}, last]}
    assert recorded(failed, light, NotApplicable("none"), "c")["states"] == {"light.npy": "n/a"}
    assert "states" not in recorded(failed, light, Outcome(), "c")
    assert recorded({}, light, Outcome(), "c") == {"made": {"light.npy": "c"}}


def test_an_outcome_is_encoded_or_refused():
    body = encoded(Light(), Outcome({"light.npy": np.arange(3)})).columns["light.npy"]
    assert decode_npy(body).tolist() == [0, 1, 2]
    with pytest.raises((ColumnError, ValueError)):
        encoded(Light(), Outcome({"light.npy": np.arange(3)}, {"light_mean": float("nan")}))
