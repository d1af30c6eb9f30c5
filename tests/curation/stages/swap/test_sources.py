"""Whose face it is: the choice, what it costs, and that it hangs on nothing but what is there."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceshards.curation.engine.stage_clip import SharedClip, StageClip
from faceshards.curation.engine.threads import Threads
from faceshards.curation.stages.swap.blend import Blend
from faceshards.curation.stages.swap.sources import FolderSources, ShardSources, digests_of
from faceshards.curation.stages.swap.swap import Swap, SwapParams
from faceshards.errors import ClipError, StageError, UsageError
from faceshards.jobs.watch import Watchdog, WorkStep
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import RowEdit, rewrite
from faceshards.shards.schema.removed import tombstone
from tests.curation.conftest import clip_of, sample, write_shard


@pytest.fixture(scope="module")
def look():
    return Blend(40).load("cpu")


def view(clip: SharedClip) -> StageClip:
    """The clip as a stage is given it; nothing of it is run."""
    return StageClip(clip, Threads(1, Watchdog(Path("never entered"))), WorkStep((clip.key,), "swap"), None)


def clips_of(shard: Shard) -> list[SharedClip]:
    return [SharedClip(shard, row, shard.json(row)) for row in range(len(shard))]


def chosen(path, look, workers: int = 1) -> tuple[dict[str, str], dict[str, int]]:
    """Clip -> source, and what was counted; several clips may ask at a time."""
    counts: dict[str, int] = {}
    with Shard(path) as shard, ThreadPoolExecutor(workers) as pool:
        sources = ShardSources(look)
        clips = clips_of(shard)

        def name_of(clip: SharedClip) -> str:
            try:
                return sources.face_for(view(clip)).name
            except ClipError as error:
                return error.code

        names = dict(zip((clip.facts["name"] for clip in clips), pool.map(name_of, clips), strict=True))
    for clip in clips:
        for name, count in clip.counts.items():
            counts[name] = counts.get(name, 0) + count
    return names, counts


def test_the_source_is_a_clip_of_another_person_and_costs_at_most_a_frame_a_clip(shard, look):
    names, counts = chosen(shard, look)
    for clip, source in names.items():
        assert source[:5] != clip[:5]
    assert counts["frames_peeked"] == len(set(names.values()))


def test_who_was_removed_is_nobody_s_face(shard, look, tmp_path):
    path = Path(shutil.copy(shard, tmp_path / "a.tar"))
    names, _ = chosen(path, look)
    gone = names["astro 1"]
    with Shard(path) as opened:
        row = opened.index["name"].to_pylist().index(gone)
        edits = {row: RowEdit(opened.keys[row], tombstone("request"), opened.columns)}
    rewrite(path, {}, edits=edits)
    with Shard(path) as opened:
        clip = SharedClip(opened, 0, opened.json(0))
        source = ShardSources(look).face_for(view(clip)).name
        assert source != gone and source.startswith("hopper")
        assert not any(member.startswith(f"{opened.keys[row]}/") for each in clip.peeks.values() for member in each)


def test_the_choice_does_not_depend_on_what_was_done_before(shard, look):
    names, _ = chosen(shard, look)
    with Shard(shard) as opened:
        for clip in reversed(clips_of(opened)):
            assert ShardSources(look).face_for(view(clip)).name == names[clip.facts["name"]]


def test_nor_on_how_many_clips_ask_at_a_time_and_a_frame_is_looked_at_once(shard, look):
    assert chosen(shard, look, workers=6) == chosen(shard, look)


def test_one_and_the_same_stage_keeps_shards_apart(some_shard, look):
    """The actor goes from shard to shard with what it has set up."""
    sources, found = ShardSources(look), []
    for names in (("astro 1", "hopper.1"), ("astro 2", "hopper.2")):
        with Shard(some_shard(names[0][-1], *names)) as opened:
            found.append([sources.face_for(view(clip)).name for clip in clips_of(opened)])
    assert found == [["hopper.1", "astro 1"], ["hopper.2", "astro 2"]]


def test_without_identities_any_other_clip_will_do_but_never_the_clip_itself(some_shard, look):
    names, _ = chosen(some_shard("two", "astro 1", "hopper.1"), look)
    assert names == {"astro 1": "hopper.1", "hopper.1": "astro 1"}


def test_a_clip_without_a_face_is_passed_over_and_a_clip_alone_has_no_source(tmp_path, bodies, some_shard, look):
    grey = sample("grey", clip_of(np.full((4, 256, 256, 3), 99, np.uint8)))
    broken = sample("broken", bodies["astro 1"][:3000], broken=True)
    people = {name: sample(name, bodies[name]) for name in ("astro 1", "hopper.1")}
    names, _ = chosen(write_shard(tmp_path / "x.tar", {"grey": grey, "broken": broken, **people}), look)
    assert names["astro 1"] == "hopper.1" and names["hopper.1"] == "astro 1"
    assert names["grey"] in ("astro 1", "hopper.1")
    assert chosen(some_shard("one", "astro 1"), look)[0] == {"astro 1": "no-source-face"}


def test_a_shard_of_one_person_has_no_source(tmp_path, bodies, look):
    same = {name: sample(name, bodies[name], identity="astro") for name in ("astro 1", "astro 2")}
    assert set(chosen(write_shard(tmp_path / "x.tar", same), look)[0].values()) == {"no-source-face"}


@pytest.fixture
def portraits(tmp_path, astronaut, hopper):
    folder = tmp_path / "portraits"
    folder.mkdir()
    Image.fromarray(astronaut).save(folder / "a.png")
    Image.fromarray(hopper).save(folder / "h.JPG", "JPEG", quality=95)
    Image.new("RGB", (64, 64)).save(folder / "nobody.png")
    (folder / "notes.txt").write_text("not a picture")
    return folder


def test_a_folder_gives_each_clip_one_of_its_faces(portraits, shard, look):
    digests = digests_of(portraits)
    assert sorted(digests) == ["a.png", "h.JPG", "nobody.png"]
    sources = FolderSources(portraits, digests, look)
    with Shard(shard) as opened:
        names = [sources.face_for(view(clip)).name for clip in clips_of(opened)]
    assert set(names) <= {"a.png", "h.JPG"}
    again = FolderSources(portraits, digests, look)
    with Shard(shard) as opened:
        assert names == [again.face_for(view(clip)).name for clip in clips_of(opened)]


def test_a_folder_counts_by_its_pictures_not_by_its_place(portraits, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(portraits, moved)
    one = Swap(SwapParams(folder=str(portraits), digests=digests_of(portraits)))
    other = Swap(SwapParams(folder=str(moved), digests=digests_of(moved)))
    assert one.record == other.record != Swap().record
    assert "folder" not in one.record and one.record["digests"] == digests_of(portraits)


def test_a_folder_that_changed_or_shows_nobody_is_an_error(portraits, tmp_path, look):
    digests = digests_of(portraits)
    (portraits / "a.png").unlink()
    with pytest.raises(StageError, match="not those that the run was planned with"):
        FolderSources(portraits, digests, look)
    nobody = tmp_path / "nobody"
    nobody.mkdir()
    shutil.copy(portraits / "nobody.png", nobody)
    with pytest.raises(StageError, match="none of 1 pictures shows a face"):
        FolderSources(nobody, digests_of(nobody), look)
    for off in (tmp_path / "absent", portraits / "notes.txt"):
        with pytest.raises(UsageError, match=r"swap\.folder"):
            digests_of(off)
