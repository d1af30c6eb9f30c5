import shutil

import numpy as np
import pytest
from PIL import Image

from faceshards.curation.clip import StageClip
from faceshards.curation.faces import load_mtcnn
from faceshards.curation.swap import Swap
from faceshards.curation.swap_sources import FolderSources, ShardSources, digests_of
from faceshards.errors import ClipError, StageError, UsageError
from faceshards.shards.reader import Shard
from tests.curation.conftest import clip_of, sample, write_shard


@pytest.fixture(scope="module")
def detect():
    return load_mtcnn(40).detect


def chosen(path, detect) -> tuple[dict[str, str], dict[str, int]]:
    """Clip -> source, and what was counted."""
    counts: dict[str, int] = {}
    with Shard(path) as shard:
        sources = ShardSources(shard, detect)
        names = {}
        for row in range(len(shard)):
            clip = StageClip(shard, row, shard.json(row))
            try:
                names[clip.facts["name"]] = sources.face_for(clip).name
            except ClipError as error:
                names[clip.facts["name"]] = error.code
            for name, count in clip.counts.items():
                counts[name] = counts.get(name, 0) + count
    return names, counts


def test_the_source_is_a_clip_of_another_person_and_costs_at_most_a_frame_a_clip(shard, detect):
    names, counts = chosen(shard, detect)
    for clip, source in names.items():
        assert source[:5] != clip[:5]
    assert counts["frames_peeked"] == len(set(names.values()))


def test_the_choice_does_not_depend_on_what_was_done_before(shard, detect):
    names, _ = chosen(shard, detect)
    with Shard(shard) as opened:
        for row in reversed(range(len(opened))):
            clip = StageClip(opened, row, opened.json(row))
            assert ShardSources(opened, detect).face_for(clip).name == names[clip.facts["name"]]


def test_without_identities_any_other_clip_will_do_but_never_the_clip_itself(some_shard, detect):
    names, _ = chosen(some_shard("two", "astro 1", "hopper.1"), detect)
    assert names == {"astro 1": "hopper.1", "hopper.1": "astro 1"}


def test_a_clip_without_a_face_is_passed_over_and_a_clip_alone_has_no_source(tmp_path, bodies, some_shard, detect):
    grey = sample("grey", clip_of(np.full((4, 256, 256, 3), 99, np.uint8)))
    broken = sample("broken", bodies["astro 1"][:3000], broken=True)
    people = {name: sample(name, bodies[name]) for name in ("astro 1", "hopper.1")}
    names, _ = chosen(write_shard(tmp_path / "x.tar", {"grey": grey, "broken": broken, **people}), detect)
    assert names["astro 1"] == "hopper.1" and names["hopper.1"] == "astro 1"
    assert names["grey"] in ("astro 1", "hopper.1")
    assert chosen(some_shard("one", "astro 1"), detect)[0] == {"astro 1": "no-source-face"}


def test_a_shard_of_one_person_has_no_source(tmp_path, bodies, detect):
    same = {name: sample(name, bodies[name], identity="astro") for name in ("astro 1", "astro 2")}
    assert set(chosen(write_shard(tmp_path / "x.tar", same), detect)[0].values()) == {"no-source-face"}


@pytest.fixture
def portraits(tmp_path, astronaut, hopper):
    folder = tmp_path / "portraits"
    folder.mkdir()
    Image.fromarray(astronaut).save(folder / "a.png")
    Image.fromarray(hopper).save(folder / "h.JPG", "JPEG", quality=95)
    Image.new("RGB", (64, 64)).save(folder / "nobody.png")
    (folder / "notes.txt").write_text("not a picture")
    return folder


def test_a_folder_gives_each_clip_one_of_its_faces(portraits, shard, detect):
    digests = digests_of(portraits)
    assert sorted(digests) == ["a.png", "h.JPG", "nobody.png"]
    sources = FolderSources(portraits, digests, detect)
    with Shard(shard) as opened:
        names = [sources.face_for(StageClip(opened, row, opened.json(row))).name for row in range(len(opened))]
    assert set(names) <= {"a.png", "h.JPG"}
    again = FolderSources(portraits, digests, detect)
    with Shard(shard) as opened:
        assert names == [again.face_for(StageClip(opened, row, opened.json(row))).name for row in range(len(opened))]


def test_a_folder_counts_by_its_pictures_not_by_its_place(portraits, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(portraits, moved)
    one = Swap(folder=str(portraits), digests=digests_of(portraits))
    other = Swap(folder=str(moved), digests=digests_of(moved))
    assert one.params == other.params != Swap().params


def test_a_folder_that_changed_or_shows_nobody_is_an_error(portraits, tmp_path, detect):
    digests = digests_of(portraits)
    (portraits / "a.png").unlink()
    with pytest.raises(StageError, match="not those that the run was planned with"):
        FolderSources(portraits, digests, detect)
    nobody = tmp_path / "nobody"
    nobody.mkdir()
    shutil.copy(portraits / "nobody.png", nobody)
    with pytest.raises(StageError, match="none of 1 pictures shows a face"):
        FolderSources(nobody, digests_of(nobody), detect)
    for off in (tmp_path / "absent", portraits / "notes.txt"):
        with pytest.raises(UsageError, match="--swap-source"):
            digests_of(off)
