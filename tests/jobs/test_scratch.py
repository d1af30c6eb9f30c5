"""The folder for what lies in stores: where it is, whose it is, and that two shards of one name do not meet."""

import os
from pathlib import Path

import pytest

from faceshards.errors import StorageError, UsageError
from faceshards.jobs.scratch import VARIABLE, Scratch
from faceshards.shards.storage.url import Url


def test_it_is_what_was_said_then_what_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "environment"))
    assert Scratch(tmp_path / "said").root == tmp_path / "said"
    assert Scratch().root == tmp_path / "environment"
    monkeypatch.delenv(VARIABLE)
    assert Scratch().root.name == f"faceshards-{os.getuid()}"


def test_work_on_a_file_lies_beside_it_and_on_an_object_in_the_folder(tmp_path):
    scratch = Scratch(tmp_path)
    assert scratch.work_folder(Path("/data/a.tar")) == Path("/data/.a.work")
    one, two = (scratch.work_folder(Url("s3://bucket", f"{name}/a.tar")) for name in ("x", "y"))
    assert one.parent == two.parent == tmp_path and one != two


def test_a_folder_that_cannot_be_made_and_a_limit_that_is_none_are_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="name a scratch folder"):
        Scratch(tmp_path / "file" / "below").make()
    with pytest.raises(UsageError, match="at least 1M, got 10 bytes"):
        Scratch(tmp_path, 10)
