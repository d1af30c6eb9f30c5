"""Inputs by content: what was read stands in the json, is compared with the index, and decides what runs again."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.contents import RowContents, ShardContents, crc32c_of
from faceshards.curation.engine import Frames, Made, Outcome
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import CurateJob, run_shard
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.codecs import encode_npy
from faceshards.shards.storage.extent import FileExtent
from tests.curation.conftest import clip_of
from tests.curation.toy_stages import Length, Light, Nothing, Peak, Slow, Toy, array


class Copy(Toy):
    """What `Peak` found, for a chain of three."""

    name, makes, parameters = "copy", array("copy.npy"), Nothing

    def needs(self):
        return (Made("peak.npy"),)

    def one(self, clip):
        return Outcome({"copy.npy": clip.column("peak.npy") + 1})


class Neighbour(Toy):
    """The first pixel of the next clip."""

    name, makes, parameters = "neighbour", array("neighbour.npy"), Nothing

    def one(self, clip):
        other = clip.peek((clip.row + 1) % len(clip.shard))
        return Outcome({"neighbour.npy": next(other.frames(numbers=[0])).pictures[0, 0, 0]})


class Bright(Light):
    """`Light`, whose column says no more than whether a frame is bright: few changes of a clip change it."""

    def means(self, clip, pictures):
        return np.minimum(super().means(clip, pictures), 1.0)


def plan(*stages) -> StagePlan:
    return StagePlan(stages or (Light(), Peak(), Length(), Slow(seconds=0), Copy(), Neighbour()))


def facts(path: Path) -> list[dict]:
    with Shard(path) as shard:
        return [shard.json(row) for row in range(len(shard))]


def replaced(path: Path, column: str, body: bytes, row: int = 1) -> None:
    """Somebody writes other bytes into a member, and nothing else."""
    with Shard(path) as shard:
        bodies = shard.read_column(column)
    bodies[row] = body
    rewrite(path, {column: bodies.__getitem__}, lambda row, old: old)


def lacking(path: Path, stages: StagePlan) -> list[int]:
    """The rows that a run would work on."""
    opened = CurateJob(stages).open(str(path))
    with opened.held:
        return list(opened.items)


def worked(path: Path, *stages) -> dict[str, int]:
    """Stage -> clips that a run works on."""
    found = run_shard(path, plan(*stages)).worked
    assert not lacking(path, plan(*stages)), "a second run finds something to do"
    return {name: clips for name, clips in found.items() if clips}


@pytest.fixture
def other(hopper) -> bytes:
    """Another clip, of ten frames as `hopper.1` has, the last of which is the brightest."""
    return clip_of(np.stack([hopper // (10 - i) for i in range(10)]))


def test_what_was_read_stands_in_the_json_as_the_index_has_it(shard):
    run_shard(shard, plan())
    with Shard(shard) as opened:

        def content(row, name):
            extent = opened.extent(row, name)
            return [extent.size, extent.crc32c]

        for row, one in enumerate(facts(shard)):
            pictures = {name: content(row, name) for name in ("mp4", "mp4.packets.npy")}
            beside = (row + 1) % len(opened)
            assert one["inputs"] == {
                "light": pictures,
                "slow": pictures,
                "length": {"mp4": pictures["mp4"]},
                "peak": {"light.npy": content(row, "light.npy")},
                "copy": {"peak.npy": content(row, "peak.npy")},
                "neighbour": {f"{opened.keys[beside]}/{name}": content(beside, name) for name in pictures},
            }
        assert all("inputs" not in made.record() for made in opened.provenance.values())


def test_a_second_run_reads_no_member_but_jsons(shard):
    run_shard(shard, plan())
    with Shard(shard) as opened:
        jsons = sum(opened.extent(row, "json").size for row in range(len(opened)))
        before, contents = opened.bytes_read, ShardContents(opened)
        for row in range(len(opened)):
            one = opened.json(row)
            found = plan().todo(one, RowContents(contents, row, one, {}))
            assert not (found.now or found.later)
        assert opened.bytes_read - before == jsons


def test_replaced_media_run_again_what_read_them_and_a_clip_that_was_peeked_at_counts(shard, other):
    run_shard(shard, plan())
    replaced(shard, "mp4", other)
    assert worked(shard) == {"decode": 1, "light": 1, "slow": 1, "length": 1, "peak": 1, "copy": 1, "neighbour": 1}
    assert facts(shard)[0]["inputs"]["neighbour"] != facts(shard)[1]["inputs"]["neighbour"]


def test_who_reads_a_column_that_somebody_replaced_runs_again_and_its_maker_does_not(shard):
    run_shard(shard, plan())
    with Shard(shard) as opened:
        body = encode_npy(opened.get(1, "light.npy") + 1)
    replaced(shard, "light.npy", body)
    assert worked(shard) == {"peak": 1}, "the brightest frame is the same: copy stays"


def test_what_is_behind_a_change_runs_only_where_what_it_reads_changed(shard, other):
    run_shard(shard, plan(Bright(), Peak(), Copy()))
    peaks = [one["inputs"]["peak"] for one in facts(shard)]
    replaced(shard, "mp4", other)
    assert worked(shard, Bright(), Peak(), Copy()) == {"decode": 1, "light": 1}
    assert [one["inputs"]["peak"] for one in facts(shard)] == peaks


def test_who_sees_the_pictures_and_reads_a_column_live_waits_for_a_pass_of_its_own(shard):
    class Seen(Light):
        name, makes, scores = "seen", array("seen.npy"), ()

        def needs(self):
            return (Frames(), Made("light.npy"))

        async def work(self, clip, out):
            async for chunk in clip.frames():
                out.add("seen.npy", self.means(clip, chunk.pictures).astype(np.float32))

    run_shard(shard, plan(Light(), Seen()))
    report = run_shard(shard, plan(Light(gain=1.0, bad="nobody"), Seen()))
    assert report.worked["light"] == 6 and "seen" not in report.worked
    assert report.counts["frames_decoded"] == report.counts["frames"]
    report = run_shard(shard, plan(Light(gain=2.0), Seen()))
    assert report.worked["seen"] == 6 and report.counts["frames_decoded"] == 2 * report.counts["frames"]


def test_a_column_without_a_value_counts_by_why_it_has_none(shard):
    run_shard(shard, plan(Light(bad="hopper.1"), Peak()))
    assert facts(shard)[1]["inputs"]["peak"] == {"light.npy": "failed"}
    assert worked(shard, Light(), Peak()) == {"decode": 6, "light": 6, "peak": 1}
    assert facts(shard)[1]["failures"] == []


def test_the_bytes_do_not_tell_in_which_order_the_stages_ran_nor_what_was_there_before(some_shard, tmp_path):
    shard = some_shard("two", "astro 1", "hopper.1")
    stages = {"light": Light(bad="hopper.1"), "length": Length(), "slow": Slow(seconds=0)}
    before, made = shard.read_bytes(), set()
    for order in [*permutations(stages), tuple(stages), tuple(stages)[::-1]]:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}" / shard.name
        path.parent.mkdir()
        path.write_bytes(before)
        if len(made) == 0:
            run_shard(path, plan(Light(gain=3.0), Slow(seconds=0.001)))  # what is remade leaves no trace
        for names in [[name] for name in order]:
            run_shard(path, plan(*(stages[name] for name in names)))
        made.add(path.read_bytes())
    run_shard(shard, plan(*stages.values()))
    assert made == {shard.read_bytes()}


def test_stages_that_need_each_other_give_the_same_bytes_together_as_one_after_the_other(shard, tmp_path):
    apart = tmp_path / shard.name
    apart.write_bytes(shard.read_bytes())
    run_shard(shard, plan(Copy(), Peak(), Light(bad="astro 2")))
    for stage in (Light(bad="astro 2"), Peak(), Copy()):
        run_shard(apart, plan(stage))
    assert apart.read_bytes() == shard.read_bytes()


def test_a_limit_leaves_the_rest_not_yet_made_and_no_trace_when_it_is(shard, tmp_path):
    whole = tmp_path / shard.name
    whole.write_bytes(shard.read_bytes())
    run_shard(whole, plan(Light()))
    run_shard(shard, StagePlan((Light(),), limit=2))
    with Shard(shard) as opened:
        assert [opened.state(row, "light.npy") for row in range(6)] == ["done"] * 2 + ["not yet"] * 4
    assert [one.get("states") for one in facts(shard)] == [None] * 2 + [{"light.npy": "not yet"}] * 4
    assert all("inputs" not in one for one in facts(shard)[2:])
    run_shard(shard, plan(Light()))
    assert shard.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("own", [{"inputs": 3}, {"made": []}, {"made": {"light.npy": [1]}, "inputs": {"light": "x"}}])
def test_keys_that_are_somebodys_own_are_taken_for_nothing_made_and_nothing_read(some_shard, own):
    shard = some_shard("one", "astro 1")
    rewrite(shard, {}, lambda row, old: {**old, **own})
    assert worked(shard, Light()) == {"decode": 1, "light": 1}
    rewrite(shard, {}, lambda row, old: {**old, "inputs": {"light": {"a/b/c": 1, "": [2]}}})
    assert worked(shard, Light()) == {"decode": 1, "light": 1}


def test_a_clip_that_was_looked_at_and_is_there_no_more_counts_as_changed(shard):
    with Shard(shard) as opened:
        assert ShardContents(opened).peeked("nobody/mp4") == "not yet"
        assert ShardContents(opened).peeked(f"{opened.keys[0]}/nothing.npy") == "not yet"


def test_the_checksum_of_a_body_is_the_same_in_memory_and_in_a_file(tmp_path):
    (tmp_path / "a").write_bytes(b"body")
    assert (
        crc32c_of(FileExtent.whole(tmp_path / "a"))
        == crc32c_of(b"body")
        == crc32c_of(FileExtent(tmp_path / "a", 0, 4, crc32c_of(b"body")))
    )
