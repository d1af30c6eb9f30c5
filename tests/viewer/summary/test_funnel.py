from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from faceshards.viewer.summary.failures import RecordedFailure
from faceshards.viewer.summary.funnel import Funnel, Loss
from faceshards.viewer.summary.health import Health
from faceshards.viewer.summary.runs import RecordedRun, pack_runs
from faceshards.viewer.summary.summary import ShardSummary, summarise
from faceshards.viewer.summary.totals import total


def test_the_funnel_of_the_dataset(dataset):
    shards = [dataset / "clips.tar", dataset / "group124.tar"]
    commands = [("pack", "pack a"), ("pack", "pack b"), ("curate", "curate all"), ("train", "train it")]
    funnel = Funnel.of(total([summarise(one) for one in shards]), pack_runs(shards, [dataset]), commands)
    assert [(step.name, step.entered, step.lost, step.left) for step in funnel.steps] == [
        ("packed", 10, 4, 6),
        ("faces", 6, 1, 5),
        ("face_crop", 5, 0, 5),
        ("spectrogram", 5, 1, 4),
        ("stylize", 4, 0, 4),
        ("swap", 4, 0, 4),
        ("loudness", 4, 0, 4),
    ]
    assert [step.passed for step in funnel.steps] == [0] * 7
    assert funnel.steps[0].losses == (Loss("broken-image", 2), Loss("truncated-media", 1), Loss("too-few-frames", 1))
    assert funnel.steps[0].commands == ("pack a", "pack b") and funnel.steps[1].commands == ("curate all",)
    assert not funnel.steps[2].commands
    assert (funnel.seen, funnel.packed, funnel.rejected, funnel.whole, funnel.failed) == (10, 6, 4, 4, 2)


def test_a_stage_meets_the_clips_of_the_shards_that_it_was_run_on(samples, tmp_path):
    """Two clips with sound, of which one fails; three without, on which the stages of sound were never run."""
    silent = [*(samples.whole(f"silent {n}") for n in range(3)), samples.no_face("nobody")]
    for one in silent:
        for name in ("spectrogram.npy", "loudness_db"):
            del one["json"]["made"][name]
        del one["spectrogram.npy"], one["json"]["loudness_db"]
    shards = [
        samples.write(tmp_path / "clips.tar", [samples.whole("loud"), samples.no_sound("mute")]),
        samples.write(tmp_path / "frames.tar", silent),
    ]
    steps = {step.name: step for step in Funnel.of(total([summarise(one) for one in shards])).steps}
    counts = {name: (step.entered, step.met, step.kept, step.lost, step.left) for name, step in steps.items()}
    assert counts["faces"] == (6, 6, 5, 1, 5)
    assert counts["spectrogram"] == (5, 2, 1, 1, 4)
    assert counts["loudness"] == (4, 1, 1, 0, 4)
    assert counts["swap"] == (4, 4, 4, 0, 4)


names = st.sampled_from(["faces", "swap", "own", "late"])


@given(
    st.integers(0, 40),
    st.lists(names),
    st.dictionaries(st.text(), st.integers(0, 9)),
    st.lists(names, unique=True),
    st.data(),
)
def test_every_funnel_adds_up(whole, failed, rejected, stages, data):
    failures = tuple(RecordedFailure(str(n), str(n), stage, f"code-{n % 3}", "") for n, stage in enumerate(failed))
    samples = whole + len(failed)
    met = st.frozensets(names)
    everybody = [(data.draw(met) | {stage}, stage) for stage in failed] + [(data.draw(met), "") for _ in range(whole)]
    summary = ShardSummary(
        Path("a"), "", 0, samples, (), (), failures, tuple(stages), {}, Health("whole"), meetings=Counter(everybody)
    )
    run = RecordedRun(Path("a.pack.json"), 0, samples, Counter(rejected), (), {}, {}, frozenset())
    funnel = Funnel.of(summary, [run])
    for one, following in zip(funnel.steps, funnel.steps[1:], strict=False):
        assert one.entered == one.left + one.lost and one.left == following.entered
    for one in funnel.steps:
        assert one.entered == one.met + one.passed and one.met == one.kept + one.lost
        assert min(one.met, one.passed, one.kept, one.lost) >= 0
    assert funnel.seen == funnel.packed + funnel.rejected == samples + sum(rejected.values())
    assert funnel.packed == funnel.whole + funnel.failed == samples
    assert funnel.whole == whole
