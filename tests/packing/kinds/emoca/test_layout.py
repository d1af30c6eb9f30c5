"""There and back: the tree of six collections, from a folder, a zip and HDF5."""

import filecmp
import json
import zipfile
from pathlib import Path

import numpy as np

from faceshards.shards.pickles.unpickle import load_arrays


def files_of(root: Path) -> set[str]:
    return {str(one.relative_to(root)) for one in root.rglob("*") if one.is_file()}


def assert_same_value(one, other):
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert list(one) == list(other)
        one, other = list(one.values()), list(other.values())
    if isinstance(one, list | tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same_value(a, b)
    elif isinstance(one, np.ndarray | np.generic):
        assert one.dtype == other.dtype and np.array_equal(one, other)
    else:
        assert one == other


def assert_same_tree(back: Path, there: Path):
    """As `diff -r` finds it, but that pickles need be of equal value only."""
    names = files_of(there)
    assert files_of(back) == names
    _, differ, faults = filecmp.cmpfiles(there, back, names, shallow=False)
    assert not faults and {name for name in differ if not name.endswith("metadata.pkl")} == set()
    for name in (one for one in names if one.endswith("metadata.pkl")):
        assert_same_value(load_arrays((back / name).read_bytes()), load_arrays((there / name).read_bytes()))


def test_six_collections_there_and_back_as_a_folder_and_as_a_zip(run, trainset, tmp_path):
    with zipfile.ZipFile(tmp_path / "zipped.zip", "w") as out:
        for name in files_of(trainset):
            out.write(trainset / name, name)
    for source, name in ((trainset, "trainset"), (tmp_path / "zipped.zip", "zipped")):
        code, said, err = run("pack", "emoca", source, "--out", tmp_path / "out", "--json")
        report = json.loads(said)
        assert (code, report["whole"], report["failures"]) == (0, 8, 0), err
        code, said, _ = run("export", "emoca", tmp_path / "out" / f"{name}.tar", tmp_path / name, "--json")
        assert code == 0 and json.loads(said)["counts"] == {"written": 88}
        assert_same_tree(tmp_path / name, trainset)
    assert "already packed" in run("pack", "emoca", trainset, "--out", tmp_path / "out")[1]


def test_one_collection_comes_back_as_its_own_top(run, trainset, tmp_path):
    assert run("pack", "emoca", trainset / "V1-RAVDESS", "--out", tmp_path)[0] == 0
    assert run("export", "emoca", tmp_path / "V1-RAVDESS.tar", tmp_path / "back")[0] == 0
    assert_same_tree(tmp_path / "back", trainset / "V1-RAVDESS")
