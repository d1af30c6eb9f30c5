"""Texts that cannot be had, and where they are looked for."""

import pytest

from faceshards.packing.kinds.vfhq.kind import META
from faceshards.packing.kinds.vfhq.meta_files import MetaFiles, is_meta
from faceshards.packing.sources.archive import Entry, Limits
from faceshards.shards.reader import Shard
from tests.packing.conftest import told, zipped
from tests.packing.kinds.vfhq.conftest import NAMES, meta_info, tree


def test_texts_are_those_that_are_called_as_a_clip_is():
    names = {f"x/{NAMES[0]}.txt": True, f"{NAMES[0]}.TXT": True, f"{NAMES[0]}/notes.txt": False}
    names |= {f"{NAMES[0]}_206clip.txt": False, f"{NAMES[0]}.png": False, "notes.txt": False}
    assert {name: is_meta(Entry(name, 1)) for name in names} == names


def test_a_texts_path_has_the_folder_of_its_source_once(vfhq):
    found = MetaFiles()
    found.add_source(vfhq / "meta_info", Limits())
    assert len(found) == 3 and found.path(NAMES[0]) == f"meta_info/{NAMES[0]}.txt" and found.path(NAMES[2]) is None
    again = MetaFiles()
    again.add_source(vfhq, Limits())  # one folder higher
    assert again.path(NAMES[0]) == f"{vfhq.name}/meta_info/{NAMES[0]}.txt" and again.digest() == found.digest()


def test_a_text_that_cannot_be_read_costs_the_clip_nothing_else(run, vfhq, clip):
    name, other = "Clip+7rrstPmLe7g+P0+C0+F1-8", "Clip+7rrstPmLe7g+P0+C1+F1-8"
    files = {f"{name}.mp4": clip, f"{other}.mp4": clip, f"{other}.txt": meta_info(6).encode()}
    source = zipped(vfhq / "g.zip", {**files, f"{name}.txt": b"cut here " * 9})
    with open(source, "r+b") as out:
        out.seek(source.read_bytes().index(b"cut here"))
        out.write(b"CUT")
    code, said, err = run("pack", "vfhq", source, "--out", vfhq)
    assert code == 0 and name in told(said)["broken meta_info"], err
    with Shard(vfhq / "g.tar") as shard:
        assert [shard.state(0, column) for column in (META, "given_face_box.npy")] == ["failed", "failed"]
        assert shard.json(0)["failures"][0]["code"] == "wrong-crc" and shard.state(1, META) == "done"
    assert run("export", "vfhq", vfhq / "g.tar", vfhq / "again")[0] == 0 and tree(vfhq / "again") == files


@pytest.mark.parametrize("name", ["absent", "notes.txt"])
def test_a_meta_info_that_is_none_is_one_line(run, vfhq, name):
    (vfhq / "notes.txt").write_text("no archive")
    code, _, err = run("pack", "vfhq", vfhq / "group1", "--annotations", vfhq / name, "--out", vfhq)
    assert code in (1, 2) and name in err and len(err.splitlines()) == 1
