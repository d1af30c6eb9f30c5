import pytest

from faceshards.errors import UsageError
from faceshards.shards.storage.find import find_shards


def test_files_and_folders_sorted_each_once_without_hidden_ones(tmp_path):
    for name in ("b.tar", "a/c.tar", ".b.tar.1.tmp", "a/.work/d.tar", "x.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = find_shards(tmp_path, tmp_path / "b.tar")
    assert [str(p.relative_to(tmp_path)) for p in found] == ["a/c.tar", "b.tar"]


def test_nothing_found_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="pack some first"):
        find_shards(tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        find_shards(tmp_path / "none")
    (tmp_path / "x.zip").touch()
    with pytest.raises(UsageError, match=r"\.tar"):
        find_shards(tmp_path / "x.zip")
