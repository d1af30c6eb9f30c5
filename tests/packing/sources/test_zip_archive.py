import io
import random
import stat
import struct
import zipfile
import zlib
from contextlib import closing

import pytest

from faceshards.errors import ClipError, SourceError
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.zip_archive import ZipArchive

CENTRAL, LOCAL = b"PK\1\2", b"PK\3\4"


def build(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, zip64: bool = False) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as out:
        for name, body in entries:
            with out.open(name, "w", force_zip64=zip64) as entry:
                entry.write(body)
    return bytearray(buffer.getvalue())


def patch(body: bytearray, name: str, offset: int, layout: str, value: int) -> None:
    """Sets a field of the central record of an entry."""
    at = body.index(CENTRAL)
    while body[at + 46 : at + 46 + len(name)] != name.encode():
        at = body.index(CENTRAL, at + 1)
    struct.pack_into(layout, body, at + offset, value)


@pytest.fixture
def opened(tmp_path):
    archives = []

    def open_zip(body: bytes, **limits: int) -> ZipArchive:
        path = tmp_path / "a.zip"
        path.write_bytes(body)
        archives.append(ZipArchive(path, Limits(**limits)))
        return archives[-1]

    yield open_zip
    for archive in archives:
        archive.close()


def faults(archive: ZipArchive) -> dict[str, str | None]:
    return {entry.name: entry.fault and entry.fault.code for entry in archive.listing().entries}


def codes(archive: ZipArchive) -> dict[str, str]:
    """What reading each entry comes to: "ok" or a reason code."""
    found = {}
    for entry in archive.listing().entries:
        try:
            archive.read(entry)
            found[entry.name] = entry.fault.code if entry.fault else "ok"
        except ClipError as error:
            found[entry.name] = error.code
    return found


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("prefix", [b"", b"#!/bin/sh a self-extractor\n" * 9])
@pytest.mark.parametrize("zip64", [False, True])
def test_reads_what_zipfile_wrote(opened, monkeypatch, method, prefix, zip64):
    if zip64:  # every size and count goes to the zip64 records
        monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1)
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    files = {f"f/{i}.png": random.Random(i).randbytes(i * 1000) for i in range(6)} | {"empty": b""}
    body = build(("f/", b""), ("g/", b""), ("g/none/", b""), *files.items(), method=method, zip64=zip64)
    archive = opened(prefix + body)
    listing = archive.listing()
    assert listing.empty_folders == 1 and listing.lost == []
    assert {entry.name: archive.read(entry) for entry in listing.entries} == files
    assert [entry.size for entry in listing.entries] == [len(file) for file in files.values()]


def test_a_comment_may_hold_the_signature(opened):
    body = build(("a", b"1"))
    comment = b"see PK\5\6 and more" + bytes(30)
    body[-2:] = len(comment).to_bytes(2, "little")
    assert codes(opened(bytes(body) + comment)) == {"a": "ok"}


@pytest.mark.parametrize(
    ("raw", "flags", "name"),
    [
        (b"caf\x82.mp4", 0, "café.mp4"),  # code page 437
        ("日本.mp4".encode(), 0, "日本.mp4"),  # UTF-8 that does not say so
        ("日本.mp4".encode(), 0x800, "日本.mp4"),
        (b"bad\xff\xfe.mp4", 0x800, "bad\udcff\udcfe.mp4"),  # says UTF-8 and is not
        (b"dir\\a b.mp4", 0, "dir/a b.mp4"),
    ],
)
def test_names_in_every_encoding(opened, raw, flags, name):
    stand_in = "x" * len(raw)
    body = build((stand_in, b"body"))
    patch(body, stand_in, 8, "<H", flags)
    body = body.replace(stand_in.encode(), raw)
    assert codes(opened(body)) == {name: "ok"}


def test_the_unicode_path_extra_wins_where_it_fits(opened):
    def extra(crc: int) -> bytes:
        text = b"\1" + crc.to_bytes(4, "little") + "né.mp4".encode()
        return struct.pack("<2H", 0x7075, len(text)) + text

    for crc, name in ((zlib.crc32(b"n.mp4"), "né.mp4"), (1, "n.mp4")):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as out:
            info = zipfile.ZipInfo("n.mp4")
            info.extra = extra(crc)
            out.writestr(info, b"1")
        assert codes(opened(buffer.getvalue())) == {name: "ok"}


def test_hostile_names_and_kinds(opened):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name in ("../up.mp4", "/abs.mp4", "C:/drive.mp4", "ok.mp4"):
            out.writestr(name, b"1")
        for name, mode in (("link.mp4", stat.S_IFLNK), ("device.mp4", stat.S_IFCHR), ("file.mp4", stat.S_IFREG)):
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (mode | 0o644) << 16
            out.writestr(info, b"/etc/passwd")
        folder = zipfile.ZipInfo("folder without a slash")
        folder.create_system, folder.external_attr = 3, (stat.S_IFDIR | 0o755) << 16
        out.writestr(folder, b"")
    archive = opened(buffer.getvalue())
    assert archive.listing().empty_folders == 1
    assert faults(archive) == {
        "../up.mp4": "unsafe-path",
        "/abs.mp4": "unsafe-path",
        "C:/drive.mp4": "unsafe-path",
        "ok.mp4": None,
        "link.mp4": "link-entry",
        "device.mp4": "link-entry",
        "file.mp4": None,
    }


def test_a_name_with_a_nul(opened):
    body = build(("aXb.mp4", b"1")).replace(b"aXb.mp4", b"a\0b.mp4")
    assert faults(opened(body)) == {"a\0b.mp4": "unsafe-path"}


def test_duplicates_encryption_and_methods(opened):
    with pytest.warns(UserWarning, match="Duplicate"):
        body = build(
            ("two", b"1"), ("two", b"2"), ("./one", b"3"), ("one", b"3"), ("locked", b"4"), ("bz", b"5"), ("ok", b"6")
        )
    patch(body, "locked", 8, "<H", 0x1)
    patch(body, "bz", 10, "<H", zipfile.ZIP_BZIP2)
    assert faults(opened(body)) == {
        "two": "duplicate-entry",
        "one": "duplicate-entry",
        "locked": "encrypted-entry",
        "bz": "unreadable-entry",
        "ok": None,
    }


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damaged_bytes(opened, method):
    body = build(("a", bytes(range(256)) * 40), ("b", b"fine"), method=method)
    body[100] ^= 0x10
    assert codes(opened(body)) in ({"a": "wrong-crc", "b": "ok"}, {"a": "unreadable-entry", "b": "ok"})


def test_a_crc_that_lies(opened):
    body = build(("a", b"one"), ("b", b"fine"))
    patch(body, "a", 16, "<L", 0x12345678)
    assert codes(opened(body)) == {"a": "wrong-crc", "b": "ok"}


@pytest.mark.parametrize(
    ("declared", "code"), [(10, "bomb"), (5000, "unreadable-entry"), (0, "bomb"), (0xFFFFFFFE, "unreadable-entry")]
)
def test_sizes_that_lie(opened, declared, code):
    content = random.Random(0).randbytes(1000)
    body = build(("a", content), ("b", b"fine"))
    patch(body, "a", 24, "<L", declared)
    assert codes(opened(body, ratio=10**9)) == {"a": code, "b": "ok"}


@pytest.mark.parametrize("field", [20, 42])  # packed size, header offset
def test_extents_outside_the_file(opened, field):
    body = build(("a", b"one"), ("b", b"fine"))
    patch(body, "a", field, "<L", 0x7FFFFFFF)
    assert codes(opened(body)) == {"a": "unreadable-entry", "b": "ok"}


def test_a_bomb_is_not_unpacked(opened):
    body = build(("bomb.mp4", bytes(64 << 20)), ("b", b"fine"))
    assert len(body) < 100_000
    archive = opened(body)
    assert faults(archive) == {"bomb.mp4": "bomb", "b": None}
    raised = opened(body, ratio=2000)
    assert faults(raised) == {"bomb.mp4": None, "b": None}
    assert faults(opened(body, ratio=2000, entry_bytes=1 << 20)) == {"bomb.mp4": "too-large", "b": None}
    # Says that it is small: never more than the declared size is unpacked.
    patch(body, "bomb.mp4", 24, "<L", 100)
    assert codes(opened(body)) == {"bomb.mp4": "bomb", "b": "ok"}


def test_too_many_entries(opened):
    with pytest.raises(SourceError, match="--max-entries"):
        opened(build(*((str(i), b"") for i in range(5))), entries=4).listing()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body[: len(body) // 2],
        lambda body: body[:-22],
        lambda body: body[:10],
        lambda body: body.replace(CENTRAL, b"XXXX"),
        lambda body: body[:-10] + b"\xff\xff\xff\x0f" + body[-6:],  # the directory's size
        lambda body: body[:-18] + b"\1\0" + body[-16:],  # a volume's number
    ],
)
def test_archives_that_are_broken_as_a_whole(opened, spoil):
    with pytest.raises(SourceError, match=r"a\.zip: not a whole zip"):
        opened(bytes(spoil(build(("a", b"one"), ("b", b"two"))))).listing()


def test_random_damage_raises_only_our_errors(opened, tmp_path):
    body = build(*((f"d/{i}.png", random.Random(i).randbytes(50)) for i in range(8)))
    chance = random.Random(7)
    for _ in range(400):
        spoiled = bytearray(body)
        for _ in range(chance.randint(1, 6)):
            spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        path = tmp_path / "fuzz.zip"
        path.write_bytes(spoiled[: chance.choice([len(spoiled), chance.randrange(1, len(spoiled))])])
        with closing(ZipArchive(path, Limits())) as archive:
            try:
                codes(archive)
            except SourceError:
                continue
