import os
import shutil

import pytest

from faceshards.errors import ClipError, SourceError
from faceshards.packing.sources.archive import Entry, Limits
from faceshards.packing.sources.folder import Folder
from faceshards.shards.storage.url import Url


def test_files_are_listed_to_the_bottom_and_read(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "empty" / "too").mkdir(parents=True)
    (tmp_path / "x.mp4").write_bytes(b"1")
    (tmp_path / "a" / "b" / "y.mp4").write_bytes(b"22")
    folder = Folder(tmp_path, Limits())
    listing = folder.listing()
    assert {entry.name: folder.read(entry) for entry in listing.entries} == {"x.mp4": b"1", "a/b/y.mp4": b"22"}
    assert listing.empty_folders == 1 and not listing.lost


def test_a_link_to_a_file_is_that_file_and_one_to_a_folder_is_not_followed(tmp_path):
    (tmp_path / "x.mp4").write_bytes(b"1")
    (tmp_path / "link.mp4").symlink_to("x.mp4")
    (tmp_path / "loop.mp4").symlink_to(".")
    (tmp_path / "broken.mp4").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.mp4")
    folder = Folder(tmp_path, Limits())
    found = {entry.name: entry.fault and entry.fault.code for entry in folder.listing().entries}
    assert found == {
        "x.mp4": None,
        "link.mp4": None,
        "loop.mp4": "link-entry",
        "broken.mp4": "unreadable-entry",
        "pipe.mp4": "link-entry",
    }
    assert folder.read(Entry("link.mp4", 1)) == b"1"


def test_names_that_are_no_utf8(tmp_path):
    with open(os.fsencode(tmp_path) + b"/caf\xe9.mp4", "wb") as file:
        file.write(b"1")
    folder = Folder(tmp_path, Limits())
    [entry] = folder.listing().entries
    assert entry.name == "caf\udce9.mp4" and folder.read(entry) == b"1"


def test_files_that_change_or_go(tmp_path):
    (tmp_path / "x.mp4").write_bytes(b"12345")
    folder = Folder(tmp_path, Limits())
    [entry] = folder.listing().entries
    for body in (b"123", b"1234567"):
        (tmp_path / "x.mp4").write_bytes(body)
        with pytest.raises(ClipError, match="had 5 bytes") as caught:
            folder.read(entry)
        assert caught.value.code == "unreadable-entry"
    (tmp_path / "x.mp4").unlink()
    with pytest.raises(ClipError, match="No such file"):
        folder.read(entry)


def test_a_folder_that_vanishes_is_no_clip_s_fault(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "x.mp4").write_bytes(b"1")
    folder = Folder(source, Limits())
    [entry] = folder.listing().entries
    shutil.rmtree(source)
    with pytest.raises(SourceError, match="vanished"):
        folder.read(entry)
    with pytest.raises(SourceError, match="No such file"):
        folder.listing()


def test_limits(tmp_path):
    for i in range(3):
        (tmp_path / f"{i}.mp4").write_bytes(b"12")
    assert {entry.fault.code for entry in Folder(tmp_path, Limits(entry_bytes=1)).listing().entries} == {"too-large"}
    with pytest.raises(SourceError, match="--max-entries"):
        Folder(tmp_path, Limits(entries=2)).listing()


def test_what_the_run_itself_wrote_below_is_no_part_of_it(tmp_path):
    for name in ("a/x.mp4", "out/deep/y.mp4", "out2/z.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    (tmp_path / "link").symlink_to(tmp_path / "out")

    def names(out) -> set[str]:
        return {entry.name for entry in Folder(tmp_path, Limits(), out).listing().entries if not entry.fault}

    whole = names(None)
    assert whole == {"a/x.mp4", "out/deep/y.mp4", "out2/z.mp4"}
    assert names(tmp_path / "out") == names(tmp_path / "link") == {"a/x.mp4", "out2/z.mp4"}
    assert names(tmp_path) == names(tmp_path.parent) == names(Url.parse("s3://bucket/out")) == whole
