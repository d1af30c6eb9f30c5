import gzip
import tarfile
import zipfile
from contextlib import closing

import pytest

from faceshards.errors import SourceError, UsageError
from faceshards.packing.sources.opening import open_source


def test_the_kind_is_told_by_the_bytes(tmp_path):
    (tmp_path / "x").write_bytes(b"1")
    with zipfile.ZipFile(tmp_path / "z.dat", "w") as out:
        out.write(tmp_path / "x", "x")
    with tarfile.open(tmp_path / "t.dat", "w") as out:
        out.add(tmp_path / "x", "x")
    for name, kind in (("z.dat", "zip"), ("t.dat", "tar"), ("", "folder")):
        with closing(open_source(tmp_path / name)) as archive:
            assert archive.kind == kind and archive.listing().entries


def test_what_cannot_be_a_source(tmp_path):
    files = {
        "empty.zip": b"",
        "text.txt": b"hello" * 200,
        "a.tar.gz": gzip.compress(bytes(1024)),
        "a.7z": b"7z\xbc\xaf\x27\x1c rest",
    }
    rules = {
        "empty.zip": "empty",
        "text.txt": "neither",
        "a.tar.gz": "gunzip",
        "a.7z": "7-Zip",
    }
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    for name, rule in rules.items():
        with pytest.raises(SourceError, match=rule):
            open_source(tmp_path / name)
    with pytest.raises(UsageError, match="absent: no such file or folder"):
        open_source(tmp_path / "absent")
