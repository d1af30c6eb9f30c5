"""Hostile files are refused, or read as what they are: with our errors, in little time and memory, and nothing is done.

Each is opened in a process of its own, with 2 GB of address space; what it must never touch is watched.
"""

import os
import subprocess
import sys

import pytest

from tests.shards.hostile.archives import ARCHIVES
from tests.shards.hostile.indexes import INDEXES, write_shard
from tests.shards.hostile.nursery import SECONDS, Nursery
from tests.shards.hostile.tars import BROKEN, TARS
from tests.shards.hostile.values import JPG, JSON, MSG, NPY, PICKLES, PNG, marker_pickles

VALUES = {"npy": NPY, "msg": MSG, "json": JSON, "png": PNG, "jpg": JPG, "pickle": PICKLES}
#: Most resident bytes of a child; the process that it is forked from takes some 100 MB of it.
PEAK = 1 << 30


@pytest.fixture(scope="module")
def nursery():
    with Nursery() as one:
        yield one


@pytest.fixture
def den(tmp_path):
    """A folder within a folder within a folder; nothing may appear outside it."""
    (tmp_path / "a" / "den").mkdir(parents=True)
    yield tmp_path / "a" / "den"
    outside = [path for path in tmp_path.rglob("*") if (tmp_path / "a" / "den") not in path.parents]
    assert outside in ([tmp_path / "a", tmp_path / "a" / "den"], [tmp_path / "a" / "den", tmp_path / "a"])


def assert_bounded(fate):
    assert fate.status == 0, f"died: {fate}"
    assert fate.error is None or fate.ours, f"not our error: {fate}"
    assert fate.seconds < SECONDS and fate.peak < PEAK, fate


@pytest.mark.parametrize("name", TARS)
def test_tars(name, nursery, den):
    body, expected = TARS[name]
    path = den / "h.tar"
    path.write_bytes(body if isinstance(body, bytes) else body(den))
    fate = nursery.try_out("tar", path)
    assert_bounded(fate)
    assert (fate.error is not None) == (expected == "refused"), fate
    assert {one.name for one in den.iterdir()} <= {"h.tar", "h.parquet", "imported.tar", "imported.parquet"}


@pytest.mark.parametrize("name", [*TARS, *BROKEN])
def test_tars_that_are_salvaged(name, nursery, den):
    body = BROKEN.get(name) or TARS[name][0]
    path = den / "h.tar"
    path.write_bytes(body if isinstance(body, bytes) else body(den))
    assert_bounded(nursery.try_out("salvage", path))
    salvaged = {"h-salvaged.tar", "h-salvaged.parquet", "h.salvage.json"}
    assert {one.name for one in den.iterdir() if one.suffix != ".lock"} <= {"h.tar", *salvaged}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, values in VALUES.items() for name in values])
def test_values(kind, name, nursery, den):
    path = den / f"h.{kind}"
    path.write_bytes(VALUES[kind][name])
    fate = nursery.try_out(kind, path)
    assert_bounded(fate)
    assert fate.ours, f"it was read: {fate}"
    assert os.listdir(den) == [path.name]


@pytest.mark.parametrize("name", marker_pickles())
def test_pickles_that_act(name, nursery, den):
    path = den / "h.pickle"
    path.write_bytes(marker_pickles()[name])
    fate = nursery.try_out("pickle", path)
    assert_bounded(fate)
    assert fate.error == "UnsafeData" and os.listdir(den) == [path.name]
    act = "import pickle; pickle.load(open('h.pickle', 'rb'))"
    subprocess.run([sys.executable, "-c", act], cwd=den, stderr=subprocess.DEVNULL, check=False)
    assert (den / "marker").exists()  # the proof that the pickle would have acted


@pytest.mark.parametrize("name", INDEXES)
def test_indexes_beside_a_whole_shard(name, nursery, den):
    """The shard is read right: an index that is not its own, or says something else, is made again."""
    tar = write_shard(den / "h.tar")
    INDEXES[name](tar)
    fate = nursery.try_out("parquet", tar.with_suffix(".parquet"))
    assert_bounded(fate)
    right = str([{"json": len(f'{{"frames":{i},"name":"n{i}"}}'), "mp4": 700, "txt": 1} for i in range(3)])
    assert fate.value == right, fate


@pytest.mark.parametrize("name", ARCHIVES)
def test_sources(name, nursery, den):
    path = den / "h.zip"
    body = ARCHIVES[name]
    with open(path, "wb") as file:
        file.write(body) if isinstance(body, bytes) else body(file)
    assert_bounded(nursery.try_out("source", path))
    assert os.listdir(den) == [path.name]


def test_the_watch_sees_a_file_that_is_made(nursery, tmp_path):
    """The nursery tells a foreign error, a death, a limit that is met."""
    (tmp_path / "no.pickle").write_bytes(b"")
    assert nursery.try_out("pickle", tmp_path / "absent").error == "FileNotFoundError"
    assert not nursery.try_out("pickle", tmp_path / "absent").ours
    with pytest.raises(AssertionError):
        assert_bounded(nursery.try_out("pickle", tmp_path / "absent"))
