"""`faceshards pack megactor` and back: many tars, bad ones among them, a second run, a killed one."""

import json
import pickle
import shutil
import tarfile
import time

import numpy as np
import pytest

from faceshards.packing.kinds.megactor import command
from faceshards.shards.reader import Shard

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def members(tar):
    with tarfile.open(tar) as file:
        return {one.name: file.extractfile(one).read() for one in file}


@pytest.fixture
def many(old, tmp_path):
    """A folder of three tars, one of them deeper, one of them broken; the two whole ones are equal."""
    folder = tmp_path / "old"
    (folder / "deeper").mkdir(parents=True)
    shutil.copy(old, folder / "a.tar")
    shutil.copy(old, folder / "deeper" / "a.tar")
    (folder / "broken.tar").write_bytes(b"no tar at all" * 100)
    return folder


def test_a_folder_of_tars_becomes_shards_and_tars_again(many, run, tmp_path):
    out, again = tmp_path / "out", tmp_path / "again"
    words = ("pack", "megactor", many, "--out", out, "--licence", "CC0", "--workers", 2, "--json")
    code, said, errors = run(*words)
    told = json.loads(said)
    assert code == 1 and "1 of 3 tars failed" in errors and "broken.tar" in errors
    total = told["total"]
    assert (total["tars"], total["failed"], total["stood"], total["seen"], total["whole"]) == (3, 1, 0, 4, 2)
    assert total["failures"] == 2 == total["seen"] - total["whole"]
    assert [bool(one["error"]) for one in told["tars"]] == [False, True, False]
    with Shard(out / "deeper" / "a.tar") as shard:
        assert shard.json(0)["licence"] == "CC0" and shard.json(0)["source"] == "a.tar"
    assert not (out / "broken.tar").exists()

    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.tar")}
    (many / "broken.tar").unlink()
    code, said, _ = run(*words)  # the second run: nothing is done again
    told = json.loads(said)
    assert code == 0 and told["total"]["stood"] == 2 and told["total"]["seen"] == 4
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*.tar")}

    code, said, _ = run("export", "megactor", out, again, "--kind", "sigma", "--json")
    assert code == 0 and json.loads(said)["total"]["whole"] == 2
    old, new = members(many / "deeper" / "a.tar"), members(again / "deeper" / "a.tar")
    assert set(new) == {name for name in old if name.startswith("good.")}
    for name, body in new.items():
        if name.endswith(".pyd"):
            one, two = pickle.loads(old[name]), pickle.loads(body)  # noqa: S301 - our own bytes
            np.testing.assert_array_equal(one, two)
        else:
            assert body == old[name], name
    code, said, _ = run("export", "megactor", out, again, "--kind", "sigma", "--json")
    assert code == 0 and json.loads(said)["total"]["stood"] == 2


def test_other_options_or_another_tar_are_no_second_run(many, run, tmp_path):
    one, out = many / "a.tar", tmp_path / "out"
    assert run("pack", "megactor", one, "--out", out)[0] == 0
    code, _, errors = run("pack", "megactor", one, "--out", out, "--collection", "VFHQ")
    assert code == 1 and "--force replaces it" in errors
    assert run("pack", "megactor", one, "--out", out, "--collection", "VFHQ", "--force")[0] == 0
    one.write_bytes(one.read_bytes() + bytes(10240))
    code, _, errors = run("pack", "megactor", one, "--out", out, "--collection", "VFHQ")
    assert code == 1 and "--force replaces it" in errors


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("a.tar", "--kind", "v3"), 2, "--kind must be auto or v1 or sigma, got 'v3'"),
        (("empty",), 2, "no .tar under"),
        (("missing.tar",), 2, "no such file or folder"),
        (("a.tar", "deeper/a.tar"), 2, "would make one file"),
        (("out/a.tar",), 1, "is a shard already"),
    ],
)
def test_what_cannot_be_is_refused_by_name(many, run, tmp_path, monkeypatch, words, code, said):
    monkeypatch.chdir(many)
    (many / "empty").mkdir()
    if words == ("out/a.tar",):
        assert run("pack", "megactor", "a.tar", "--out", "out")[0] == 0
    ended, _, errors = run("pack", "megactor", *words, "--out", tmp_path / "new")
    assert ended == code and said in errors and len(errors.strip().splitlines()[-1]) < 500


def test_an_interrupt_ends_those_that_are_under_way(many, run, tmp_path, monkeypatch):
    def interrupted(tar, folder, kind, labels, force, check):
        if tar.parent.name == "old":
            raise KeyboardInterrupt
        while True:  # of a tar that would take for ever
            check()
            time.sleep(0.01)

    monkeypatch.setattr(command, "import_tar", interrupted)
    code, _, errors = run("pack", "megactor", many, "--out", tmp_path / "out", "--workers", 2)
    assert code == 130 and "interrupted" in errors
