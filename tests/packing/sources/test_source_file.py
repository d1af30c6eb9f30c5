import os
from contextlib import closing

import pytest

from faceshards.errors import ClipError, SourceError, UsageError
from faceshards.packing.sources.source_file import SourceFile


def test_spans(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    with closing(SourceFile(path)) as file:
        assert (file.span(0, 10), file.span(4, 3), file.span(10, 0)) == (b"0123456789", b"456", b"")
        for offset, size in ((8, 3), (11, 0), (-1, 2), (0, -1)):
            with pytest.raises(ClipError, match="lie outside"):
                file.span(offset, size)


def test_a_file_that_shrinks_ends_the_run(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    with closing(SourceFile(path)) as file:
        path.write_bytes(b"012")
        with pytest.raises(SourceError, match="shrank"):
            file.span(0, 10)


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ""):
        with pytest.raises(SourceError, match="not a regular file"):
            SourceFile(tmp_path / name)
    with pytest.raises(UsageError, match="absent: no such file"):
        SourceFile(tmp_path / "absent")
