"""The tar that is made of another one."""

import pytest

from faceshards.errors import StorageError, UsageError
from faceshards.packing.target import file_identity, leased_target


def test_the_source_and_what_stands_there_stay(tmp_path):
    source = tmp_path / "a.tar"
    with pytest.raises(UsageError, match="no such file"), leased_target(source, tmp_path / "out", False):
        pass
    with pytest.raises(UsageError, match="it is a folder: name a tar"), leased_target(tmp_path, tmp_path, False):
        pass
    source.write_bytes(b"x")
    with (
        pytest.raises(UsageError, match=r"is the source itself: name another folder$"),
        leased_target(source, tmp_path, True),
    ):
        pass
    with leased_target(source, tmp_path / "out", False) as (path, _):
        path.write_bytes(b"y")
        with pytest.raises(StorageError), leased_target(source, tmp_path / "out", True):
            pass  # another writer is told
    with (
        pytest.raises(UsageError, match=r"--force replaces it, or name another folder$"),
        leased_target(source, tmp_path / "out", False),
    ):
        pass
    with leased_target(source, tmp_path / "out", True) as (path, _):
        before = file_identity(path)
        path.write_bytes(b"yy")
    assert file_identity(path) != before
