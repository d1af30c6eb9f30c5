"""The engine on real clips: one decode for all, results that depend on nothing but the clip, and nothing sticks."""

from __future__ import annotations

import asyncio
import gc
import signal
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import ClipTask, Done, Engine, Failure, NotApplicable, Outcome
from faceshards.curation.engine.clip_work import DECODE
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.stage_clip import SharedClip, bytes_of
from faceshards.errors import StageBug
from faceshards.jobs.watch import Watchdog
from faceshards.media.clip import Clip
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from tests.curation.engine.toys import Boxes, Follow, Gain, How, Last, Length, Light, Mirror, Trouble

FRAMES = [70, 1, 33, 64, 12, 90, 5]


@pytest.fixture(scope="module")
def shard(toy_shard) -> Shard:
    with Shard(toy_shard(FRAMES)) as shard:
        yield shard


@pytest.fixture
def done(shard, tmp_path):
    """What a run over all clips gives: by key."""

    def run(stages, in_hand: int = 4, rows=None, order: int = 1, one_by_one: bool = False, cores=None):
        for stage in stages:
            stage.setup()
        found: dict[str, Done] = {}
        rows = list(range(len(shard)) if rows is None else rows)[::order]
        tasks = [ClipTask(SharedClip(shard, row, shard.json(row)), stages) for row in rows]

        def finished(one: Done) -> None:
            found[one.task.clip.key] = one

        with Watchdog(tmp_path / "slots") as watch:
            run.engine = Engine(stages, tmp_path, watch, in_hand=in_hand, one_by_one=one_by_one, cores=cores)
            run.engine.run(tasks, finished)
        return dict(sorted(found.items()))

    return run


def flat(found: dict[str, Done]) -> dict[str, object]:
    """All bodies and scores, as bytes."""
    return {
        key: {
            name: ({c: bytes_of(b) for c, b in r.columns.items()}, r.scores) if isinstance(r, Outcome) else r
            for name, r in one.results.items()
        }
        for key, one in found.items()
    }


def all_stages():
    return [Light(), Boxes(), Follow(), Last(), Length(), Mirror()]


def test_results_are_those_of_a_plain_loop_and_each_frame_is_decoded_once(shard, done) -> None:
    found = done(all_stages())
    assert list(found) == sorted(shard.keys)
    for row, key in enumerate(shard.keys):
        one = found[key]
        (chunk,) = Clip.of(shard, row, shard.json(row)).frames()
        means = chunk.pictures.reshape(len(chunk.pictures), -1).mean(axis=1, dtype=np.float64)
        light = decode("light.npy", one.results["light"].columns["light.npy"])
        np.testing.assert_array_equal(light, means)
        assert one.counts == {"frames_decoded": FRAMES[row]}
        boxes = decode("boxes.msg", one.results["boxes"].columns["boxes.msg"])
        assert boxes["frame"] == list(range(FRAMES[row]))
        follow = decode("follow.npy", one.results["follow"].columns["follow.npy"])
        values = np.array([*boxes["value"], 0])
        np.testing.assert_array_equal(follow, values[:-1] + values[1:])
        assert one.results["last"].scores == {"last_value": boxes["value"][-1]}


@pytest.mark.parametrize(("in_hand", "order"), [(1, 1), (3, 1), (7, 1), (4, -1)])
def test_bytes_depend_on_no_company_and_no_order(done, in_hand: int, order: int) -> None:
    assert flat(done(all_stages(), in_hand, order=order)) == flat(done(all_stages()))


def test_nor_on_whether_things_go_on_side_by_side(done) -> None:
    assert flat(done(all_stages(), one_by_one=True)) == flat(done(all_stages()))


@pytest.mark.parametrize("cores", [1, 2])
def test_nor_on_how_many_threads_there_are(done, cores: int) -> None:
    assert flat(done(all_stages(), cores=cores)) == flat(done(all_stages()))


def test_a_network_runs_at_one_shape_and_its_batches_are_full(done) -> None:
    stages = [Light()]
    done(stages)
    (batches,) = done.engine.batches
    assert stages[0].shapes == {(4,)} and batches.name == "light.mean"
    assert batches.rows == sum(FRAMES) and batches.fill > 0.9


def test_a_twin_is_shown_when_its_clip_is(shard, done) -> None:
    found = done([Mirror()])
    for row, key in enumerate(shard.keys):
        columns = found[key].results["mirror"].columns
        table = decode("mirror.mp4.packets.npy", columns["mirror.mp4.packets.npy"])
        assert len(table) == FRAMES[row]
        assert found[key].results["mirror"].media["mirror.mp4"]["codec"] == "h264"
        assert b"moov" in bytes_of(columns["mirror.mp4"])[:64]


def test_a_stage_may_look_further_ahead_than_chunks_are_held(done, shard) -> None:
    class Far(Follow):
        ahead = 89

    found = done([Boxes(), Far()])
    follow = decode("follow.npy", found[shard.keys[5]].results["follow"].columns["follow.npy"])
    boxes = decode("boxes.msg", found[shard.keys[5]].results["boxes"].columns["boxes.msg"])
    assert follow[0] == sum(boxes["value"])


@pytest.mark.parametrize(
    ("how", "reason"),
    [("raise", "no good"), ("nan", "NaN or infinity"), ("score", "size holds NaN"), ("object", "cannot hold")],
)
def test_a_clip_that_fails_costs_no_other_and_no_other_stage(shard, done, how: str, reason: str) -> None:
    name = shard.json(2)["name"]
    found = done([Light(), Trouble(How(on=name, how=how))])
    for row, key in enumerate(shard.keys):
        assert isinstance(found[key].results["light"], Outcome)
        result = found[key].results["trouble"]
        if row == 2:
            assert isinstance(result, Failure) and result.code == "stage-failed" and reason in result.reason
            assert "Traceback" in result.trace
        else:
            assert isinstance(result, Outcome)


def test_who_needs_what_failed_fails_for_that_reason(shard, done) -> None:
    class Broken(Boxes):
        async def work(self, clip, out):
            async for chunk in clip.frames():
                if chunk.numbers[0] >= 32:
                    raise ValueError("half way")
                out.tell("boxes.msg", 31, {"frame": chunk.numbers, "value": chunk.numbers})

    class Hasty(Last):
        async def work(self, clip, out):
            raise KeyError("it was begun without what it needs, though another reads that live")

    results = done([Broken(), Follow(), Hasty(), Light()], rows=[0])[shard.keys[0]].results
    assert results["boxes"].code == "stage-failed"
    assert results["follow"].code == results["last"].code == "needs-failed"
    assert isinstance(results["light"], Outcome)


def test_a_bug_ends_the_run(shard, done) -> None:
    with pytest.raises(StageBug, match=r"stage trouble, clip .*AttributeError at toys.py"):
        done([Light(), Trouble(How(on=shard.json(2)["name"], how="bug"))], rows=[2])


def test_what_is_being_filmed_when_a_bug_ends_the_run_leaves_nothing(shard, done, tmp_path: Path, caplog) -> None:
    class Late(Light):
        name = "late"

        async def work(self, clip, out):
            async for chunk in clip.frames():
                if chunk.numbers[0]:
                    raise NameError("no such name")

    with pytest.raises(StageBug, match="stage late"):
        done([Mirror(), Late()], rows=[0, 5])  # of three chunks each: no video is whole by then
    gc.collect()
    assert list(tmp_path.iterdir()) == [] and not caplog.records


def test_sound_that_is_not_there_is_no_failure(shard, done) -> None:
    found = done([Length()])
    silent = [key for row, key in enumerate(shard.keys) if not shard.json(row).get("sound_codec")]
    assert silent and len(silent) < len(found)
    for key, one in found.items():
        assert isinstance(one.results["length"], NotApplicable if key in silent else Outcome)


def test_a_clip_that_does_not_decode_fails_in_each_stage_that_looks(toy_shard, tmp_path: Path) -> None:
    found: dict[int, Done] = {}
    with Shard(toy_shard([40, 40], broken=1)) as shard:
        stages = [Light(), Mirror(), Length()]
        tasks = [ClipTask(SharedClip(shard, row, shard.json(row)), stages) for row in (0, 1)]
        with Watchdog(tmp_path / "slots") as watch:
            Engine(stages, tmp_path, watch).run(tasks, lambda one: found.update({one.task.clip.row: one}))
    assert {name: getattr(result, "code", "whole") for name, result in found[1].results.items()} == {
        "light": "broken-media",
        "mirror": "broken-media",
        "length": "whole",
    }
    assert all(isinstance(result, Outcome) for result in found[0].results.values())
    assert not list(tmp_path.glob("*.mp4")) or len(list(tmp_path.glob("*.mp4"))) == 1  # the whole clip's own


def test_who_has_read_all_rows_of_a_maker_that_fails_behind_them_fails_too(shard, done) -> None:
    """Or it would hang on which of the two was quicker."""

    class Late(Boxes):
        async def work(self, clip, out):
            await super().work(clip, out)
            out.put("boxes.msg", {"frame": object()})

    class Now(Follow):
        ahead = 0  # it does not wait for the clip's end

    for one_by_one in (False, True):
        found = done([Late(), Now()], one_by_one=one_by_one)
        assert {one.results["boxes"].code for one in found.values()} == {"stage-failed"}
        assert {one.results["follow"].code for one in found.values()} == {"needs-failed"}


def test_rows_that_nobody_reads_live_may_be_told(shard, done) -> None:
    alone, listened = done([Boxes()]), done([Boxes(), Follow()])
    for key in shard.keys:
        assert alone[key].results["boxes"] == listened[key].results["boxes"]


def test_a_clip_that_no_stage_looks_at_is_not_decoded(shard, done) -> None:
    assert all(one.counts == {} for one in done([Length()]).values())


def test_what_is_barred_is_not_tried_and_who_needs_it_hears_of_it(shard, tmp_path: Path) -> None:
    class Never(Boxes):
        async def work(self, clip, out):
            raise AssertionError("it was tried")

    found: list[Done] = []
    stages, barred = [Never(), Follow(), Light()], Failure("timeout", "too long")
    task = ClipTask(SharedClip(shard, 0, shard.json(0)), stages, {"boxes": barred})
    with Watchdog(tmp_path / "slots") as watch:
        Engine(stages, tmp_path, watch).run([task], found.append)
    results = found[0].results
    assert results["boxes"] is barred and results["follow"].code == "needs-failed"
    assert isinstance(results["light"], Outcome)


def test_what_each_step_took_is_known_by_clip(shard, tmp_path: Path) -> None:
    spent: dict[str, dict[str, float]] = {}
    stages = [Light(), Boxes(), Length()]
    tasks = [ClipTask(SharedClip(shard, row, shard.json(row)), stages) for row in range(len(shard))]
    with Watchdog(tmp_path / "slots") as watch:
        engine = Engine(stages, tmp_path, watch)
        engine.run(tasks, lambda one: spent.update({one.task.clip.key: watch.spent(one.task.clip.key)}))
    assert set(spent) == set(shard.keys)
    for seconds in spent.values():
        assert set(seconds) >= {DECODE, "light", "boxes", "length"} and min(seconds.values()) > 0


def test_stages_that_wait_for_what_never_comes_end_the_run_and_say_so(shard, done) -> None:
    class Waits(Light):
        name = "waits"

        async def work(self, clip, out):
            async for _ in clip.frames():
                await asyncio.get_running_loop().create_future()

    with pytest.raises(StageBug, match="wait for each other"):
        done([Waits(), Light()])


def test_nan_is_refused_also_among_rows_that_come_bit_by_bit(shard, done) -> None:
    found = done([Light(Gain(gain=float("inf")))])
    for one in found.values():
        assert one.results["light"].code == "stage-failed" and "NaN or infinity" in one.results["light"].reason


def test_parameters_come_from_the_dataclass() -> None:
    stage = Light(Gain(gain=2.0))
    assert stage.record == {"gain": 2.0, "bad": "-"} and Light().params == Gain()
    assert stage.columns == ("light.npy",) and stage.marks == ("light.npy",) and Length().marks == ("samples",)
    assert Follow().reads == ("boxes.msg",)


@pytest.mark.parametrize("where", ["loop", "thread"])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_what_ends_a_program_is_one_clips_failure_where_a_stage_raises_it(shard, done, kind, where) -> None:
    class Ends(Light):
        name = "ends"

        async def work(self, clip, out):
            if clip.row == 2 and where == "thread":
                await clip.thread(self._raise)
            if clip.row == 2:
                self._raise()
            await super().work(clip, out)

        def _raise(self):
            raise kind("of its own")

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a worker has it
    try:
        results = [one.results["ends"] for one in done([Ends()]).values()]
    finally:
        signal.signal(signal.SIGINT, before)
    (failure,) = (one for one in results if not isinstance(one, Outcome))
    assert failure.code == "stage-failed" and failure.reason == f"{kind.__name__}: of its own"
    assert len(results) == len(shard)


def test_ctrl_c_is_no_clips_failure_where_this_process_takes_it(shard, done) -> None:
    class Interrupted(Light):
        async def work(self, clip, out):
            signal.raise_signal(signal.SIGINT)
            await super().work(clip, out)

    before = signal.signal(signal.SIGINT, lambda number, frame: signal.default_int_handler(number, frame))
    try:
        with pytest.raises(KeyboardInterrupt):
            done([Interrupted()])
    finally:
        signal.signal(signal.SIGINT, before)


def test_work_that_is_no_coroutine_is_the_stages_bug(shard, done) -> None:
    class Plain(Light):
        name = "plain"

        def work(self, clip, out):
            pass

    with pytest.raises(StageBug, match="stage plain: work must be a coroutine"):
        done([Plain()])


def test_a_network_that_loses_rows_is_named(shard, done) -> None:
    class Loses(Light):
        name = "loses"

        def networks(self):
            return {"net": Net(lambda rows: (rows[1:],), batch=4)}

        async def work(self, clip, out):
            await self.nets["net"](np.zeros((3, 2)))

    with pytest.raises(StageBug, match=r"network loses\.net gave 3 rows for 4: it must give one for each"):
        done([Loses()])
