import io
import random
import shutil
import subprocess
import tarfile
from contextlib import closing

import pytest

from faceshards.errors import ClipError, SourceError
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.tar_archive import TarArchive

REGULAR = tarfile.TarInfo


def member(name: str, body: bytes = b"", **fields) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(body)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, body


def build(*members: tuple[tarfile.TarInfo, bytes], kind: int = tarfile.PAX_FORMAT) -> bytearray:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind) as out:
        for info, body in members:
            out.addfile(info, io.BytesIO(body))
    return bytearray(buffer.getvalue())


def with_checksum(header: bytearray) -> bytearray:
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return header


@pytest.fixture
def opened(tmp_path):
    archives = []

    def open_tar(body: bytes, **limits: int) -> TarArchive:
        path = tmp_path / "a.tar"
        path.write_bytes(body)
        archives.append(TarArchive(path, Limits(**limits)))
        return archives[-1]

    yield open_tar
    for archive in archives:
        archive.close()


def faults(archive: TarArchive) -> dict[str, str | None]:
    return {entry.name: entry.fault and entry.fault.code for entry in archive.listing().entries}


LONG = "folder with a long name/" * 9 + "日本 clip.mp4"


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_reads_what_tarfile_wrote(opened, kind):
    files = {f"f/{i}.png": random.Random(i).randbytes(i * 300) for i in range(5)} | {
        "p" * 90 + "/" + "n" * 90: b"prefix"
    }
    if kind != tarfile.USTAR_FORMAT:
        files[LONG] = b"long"
    folders = (member(name, type=tarfile.DIRTYPE) for name in ("f/", "g/", "g/none/"))
    body = build(*folders, *(member(name, file) for name, file in files.items()), kind=kind)
    archive = opened(body)
    listing = archive.listing()
    assert listing.empty_folders == 1 and listing.lost == []
    assert {entry.name: archive.read(entry) for entry in listing.entries} == files


@pytest.mark.skipif(not shutil.which("tar"), reason="GNU tar is not installed")
@pytest.mark.parametrize("kind", ["gnu", "pax", "ustar", "v7"])
def test_reads_what_gnu_tar_wrote(tmp_path, kind):
    (tmp_path / "in").mkdir()
    files = {f"c{i}.mp4": random.Random(i).randbytes(i * 700) for i in range(4)}
    for name, body in files.items():
        (tmp_path / "in" / name).write_bytes(body)
    subprocess.run(["tar", f"--format={kind}", "-cf", tmp_path / "a.tar", "-C", tmp_path / "in", "."], check=True)
    with closing(TarArchive(tmp_path / "a.tar", Limits())) as archive:
        listing = archive.listing()
        assert {entry.name: archive.read(entry) for entry in listing.entries} == files
        assert listing.empty_folders == 0, "the top, `./`, is none"


@pytest.mark.skipif(not shutil.which("tar"), reason="GNU tar is not installed")
@pytest.mark.parametrize("kind", [["--format=gnu"], ["--sparse-version=0.1"], ["--sparse-version=1.0"]])
def test_sparse_entries_are_named_and_the_rest_is_read(tmp_path, kind):
    with open(tmp_path / "holes.mp4", "wb") as file:
        for block in range(40):  # more holes than one header describes
            file.seek(block * 65536)
            file.write(b"data")
        file.truncate(1 << 30)
    (tmp_path / "z.mp4").write_bytes(b"fine")
    where = ["-cf", tmp_path / "a.tar", "-C", tmp_path, "holes.mp4", "z.mp4"]
    subprocess.run(["tar", *(kind if "gnu" in kind[0] else ["--format=pax", *kind]), "-S", *where], check=True)
    with closing(TarArchive(tmp_path / "a.tar", Limits())) as archive:
        listing = archive.listing()
        assert [entry.fault and entry.fault.code for entry in listing.entries] == ["unreadable-entry", None]
        assert "sparse" in listing.entries[0].fault.message
        assert archive.read(listing.entries[1]) == b"fine" and listing.lost == []


def test_hostile_names_and_kinds(opened):
    links = [
        member(f"{i}.mp4", type=kind, linkname="/etc/passwd")
        for i, kind in enumerate(
            (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE), start=1
        )
    ]
    names = [
        member(name, b"1") for name in ("../up.mp4", "/abs.mp4", "C:\\d.mp4", "twice.mp4", "./twice.mp4", "ok.mp4")
    ]
    assert faults(opened(build(*links, *names))) == {
        **{f"{i}.mp4": "link-entry" for i in range(1, 6)},
        "../up.mp4": "unsafe-path",
        "/abs.mp4": "unsafe-path",
        "C:\\d.mp4": "unsafe-path",
        "twice.mp4": "duplicate-entry",
        "ok.mp4": None,
    }


def test_names_that_are_no_utf8(opened):
    body = build(member("cafX.mp4", b"1"), kind=tarfile.USTAR_FORMAT)
    header = body[:512]
    header[3] = 0xE9
    assert faults(opened(with_checksum(header) + body[512:])) == {"caf\udce9.mp4": None}


@pytest.mark.parametrize("cut", [700, 1024, 1500, 2000])
def test_a_cut_tar_gives_what_it_has_and_says_what_is_lost(opened, cut):
    body = build(member("a.mp4", b"x" * 400), member("b.mp4", b"y" * 800), member("c.mp4", b"z"))
    archive = opened(body[:cut])
    listing = archive.listing()
    [lost] = listing.lost
    assert lost.name == "(rest of a.tar)" and lost.fault.code == "unreadable-entry" and str(cut) in lost.fault.message
    read = {entry.name: archive.read(entry) for entry in listing.entries if not entry.fault}
    whole = {"a.mp4": b"x" * 400} if cut >= 912 else {}
    assert read == whole
    cut_off = [entry.name for entry in listing.entries if entry.fault]
    assert cut_off == {700: ["a.mp4"], 1024: [], 1500: [], 2000: ["b.mp4"]}[cut]


def test_a_damaged_header_in_the_middle_is_not_taken_for_the_end(opened):
    body = build(*(member(f"{i}.mp4", b"x" * 100) for i in range(4)))
    body[2 * 1024 + 10] ^= 1
    listing = opened(body).listing()
    assert [entry.name for entry in listing.entries] == ["0.mp4", "1.mp4"]
    assert "byte 2048" in listing.lost[0].fault.message and "checksum" in listing.lost[0].fault.message


@pytest.mark.parametrize("size", [b"77777777777\0", b"\x80" + (1 << 62).to_bytes(11, "big")])
def test_sizes_that_lie(opened, size):
    body = build(member("a.mp4", b"x" * 100), member("b.mp4", b"x"))
    header = body[:512]
    header[124:136] = size
    listing = opened(with_checksum(header) + body[512:]).listing()
    assert [entry.fault.code for entry in listing.entries] == ["unreadable-entry"] and listing.lost


@pytest.mark.parametrize("size", ["-512", "abc", "9" * 30, "²"])
def test_pax_sizes_that_lie(opened, size):
    body = build(member("b.mp4", b"x"), member("a.mp4", b"x" * 100, pax_headers={"size": size}))
    listing = opened(body).listing()
    assert [entry.name for entry in listing.entries] == ["b.mp4"] and len(listing.lost) == 1


def test_a_name_of_gigabytes_is_not_read(opened):
    header = bytearray(tarfile.TarInfo("././@LongLink").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = b"L"
    header[124:136] = b"77777777777\0"
    archive = opened(bytes(build(member("a.mp4", b"x")))[:1024] + with_checksum(header) + bytes(4096))
    assert len(archive.listing().entries) == 1 and "limit" in archive.listing().lost[0].fault.message


def test_limits(opened):
    body = build(*(member(f"{i}.mp4", bytes(3000)) for i in range(3)))
    assert set(faults(opened(body, entry_bytes=2999)).values()) == {"too-large"}
    with pytest.raises(SourceError, match="--max-entries"):
        opened(body, entries=2).listing()


@pytest.mark.parametrize("body", [b"", b"not a tar" * 100, bytes(511)])
def test_no_tar_at_all(opened, body):
    with pytest.raises(SourceError, match=r"a\.tar: not a whole tar"):
        opened(body).listing()


def test_random_damage_raises_only_our_errors(tmp_path):
    files = [member(f"d/{i}.mp4", random.Random(i).randbytes(60)) for i in range(3)]
    bodies = [build(*files, member(LONG, b"1"), kind=kind) for kind in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)]
    chance = random.Random(5)
    for _ in range(600):
        spoiled = bytearray(chance.choice(bodies)[:8192])
        at = 512 * chance.randrange(len(spoiled) // 512)
        for _ in range(chance.randint(1, 4)):
            spoiled[at + chance.choice([chance.randrange(512), 124 + chance.randrange(33)])] = chance.randrange(256)
        spoiled[at : at + 512] = with_checksum(spoiled[at : at + 512])
        path = tmp_path / "fuzz.tar"
        path.write_bytes(spoiled)
        with closing(TarArchive(path, Limits())) as archive:
            try:
                for entry in archive.listing().entries:
                    if not entry.fault:
                        archive.read(entry)
            except (SourceError, ClipError):
                continue
