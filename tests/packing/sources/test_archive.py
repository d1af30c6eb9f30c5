import pytest

from faceshards.packing.sources.archive import (
    Entry,
    Limits,
    clean_name,
    mark_duplicates,
    readable,
    shown,
    size_fault,
    source_name,
)


@pytest.mark.parametrize(
    "raw",
    ["../a.mp4", "a/../b.mp4", "a/..", "/etc/a.mp4", "\\\\host\\a.mp4", "C:\\a.mp4", "c:a.mp4", "a\0.mp4", "a\\..\\b"],
)
def test_names_that_leave_the_folder(raw):
    name, fault = clean_name(raw)
    assert name == raw and fault.code == "unsafe-path" and repr(raw)[1:-1] in fault.message


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("a/b.mp4", "a/b.mp4"),
        ("./a//b/./c.mp4", "a/b/c.mp4"),
        ("a..b/...mp4", "a..b/...mp4"),
        ("日本 é.mp4", "日本 é.mp4"),
    ],
)
def test_names_that_stay(raw, name):
    assert clean_name(raw) == (name, None)


def test_sizes_have_limits():
    limits = Limits(entry_bytes=100 << 20, ratio=50)
    assert size_fault("a", 100 << 20, 2 << 20, limits) is None
    assert size_fault("a", (100 << 20) + 1, 100 << 20, limits).code == "too-large"
    assert size_fault("a", (100 << 20), (2 << 20) - 1, limits).code == "bomb"
    assert size_fault("a", 1 << 20, 10, limits) is None  # small enough to be a blank picture


def test_all_entries_of_a_name_are_duplicates():
    marked = mark_duplicates([Entry("a", 1), Entry("b", 1), Entry("a", 2)])
    assert [entry.fault and entry.fault.code for entry in marked] == ["duplicate-entry", None, "duplicate-entry"]


def test_names_for_people_hold_no_control_characters():
    assert shown("a\x1b[31m\n\udcff") == r"'a\x1b[31m\n\udcff'"
    assert len(shown("x" * 70_000)) < 170
    assert readable("caf\udce9 é") == r"caf\xe9 é"


def test_a_source_names_its_shards(tmp_path, monkeypatch):
    (tmp_path / "clips.v2.zip").mkdir()
    assert source_name(tmp_path / "group124.zip") == "group124"
    assert source_name(tmp_path / "clips.v2.TAR") == "clips.v2"
    assert source_name(tmp_path / "clips.v2.zip") == "clips.v2.zip"  # a folder has no suffix
    monkeypatch.chdir(tmp_path)
    assert source_name(tmp_path / "x" / "..") == tmp_path.name
