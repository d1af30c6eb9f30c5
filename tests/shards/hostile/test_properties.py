"""The parsers against independent ones, on whatever hypothesis thinks of: Python's tarfile, numpy, the format."""

import io
import json
import tarfile
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from faceshards.errors import ColumnError, FaceshardsError, UnsafeData
from faceshards.shards.schema import codecs
from faceshards.shards.tar.front import Front, parse_pax, read_front
from faceshards.shards.tar.header import END, member_header, member_header_size, padding, pax_record
from faceshards.shards.tar.scan import TarScan

WORDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=20)
NAMES = st.lists(WORDS, min_size=1, max_size=12).map("/".join).filter(lambda name: name.strip("/") == name)
BODIES = st.binary(max_size=1500)
OTHERS = [tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE]
TYPES = st.sampled_from([tarfile.REGTYPE] * 4 + OTHERS)
KEYWORDS = st.sampled_from(["comment", "mtime", "atime", "uname", "SCHILY.xattr.a", "VENDOR.x"])
RECORDS = st.dictionaries(KEYWORDS, WORDS.filter(lambda text: text.strip() == text), max_size=3)
MEMBERS = st.lists(st.tuples(NAMES, TYPES, BODIES, RECORDS), max_size=8)


def written(members: list, form: int, records: dict) -> bytes:
    """A tar by Python's tarfile."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, pax_headers=records) as tar:
        for name, kind, body, own in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = "elsewhere" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            info.size = len(body) if info.isreg() else 0
            numbers = {key: "1.5" for key in own if key in ("mtime", "atime")}
            info.pax_headers = (own | numbers) if form == tarfile.PAX_FORMAT else {}
            tar.addfile(info, io.BytesIO(body))
    return out.getvalue()


@settings(max_examples=200)
@given(MEMBERS, st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]), RECORDS)
def test_a_scan_finds_what_tarfile_finds(members, form, records):
    assume(members)  # of a global header alone tarfile makes an error
    # An old type with a long name that is cut behind a slash is a folder to tarfile.
    assume(not any(kind == tarfile.AREGTYPE and len(name.encode()) > 100 for name, kind, _, _ in members))
    numbers = {key: "2.5" for key in records if key in ("mtime", "atime")}
    try:
        body = written(members, form, records | numbers)
    except ValueError:  # a name that ustar has no room for
        assume(False)
    with tarfile.open(fileobj=io.BytesIO(body), encoding="utf-8", errors="surrogateescape") as tar:
        theirs = [(one.name, one.size, one.offset_data) for one in tar if one.isreg()]
    assert [(one.name, one.size, one.offset) for one in TarScan(body)] == theirs


@settings(max_examples=200)
@given(MEMBERS, st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]), st.data())
def test_a_damaged_tar_is_scanned_or_refused(members, form, data):
    body = bytearray(written(members, form, {}))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    end = 0
    try:
        for one in TarScan(bytes(body)):
            assert end <= one.start < one.offset <= one.offset + one.size <= len(body)
            end = one.end
    except FaceshardsError:
        pass


RAW_NAMES = st.binary(min_size=1, max_size=300).filter(lambda name: b"\0" not in name)


@given(RAW_NAMES, st.integers(0, 2**62), st.integers(0, 2**32 - 1))
def test_a_header_that_we_write_says_the_same_to_tarfile(name, size, crc):
    header = member_header(name, size, crc)
    assert len(header) == member_header_size(name, size)
    with tarfile.open(fileobj=io.BytesIO(header + END), encoding="utf-8", errors="surrogateescape") as tar:
        info = tar.next()
    text = name.decode("utf-8", "surrogateescape")
    assert info is not None and (info.name, info.size, info.isreg(), info.mtime) == (text, size, True, 0)
    if size < 2000:
        ours = list(TarScan(header + bytes(size + padding(size)) + END))
        assert [(one.name, one.size, one.crc32c) for one in ours] == [(text, size, crc)]


@given(st.dictionaries(st.binary(min_size=1, max_size=20).filter(lambda key: b"=" not in key), BODIES, max_size=6))
def test_pax_records_come_back(records):
    body = b"".join(pax_record(key, value) for key, value in records.items())
    found = {key.encode("utf-8", "surrogateescape"): value for key, value in parse_pax(body).items()}
    assert {key: value.encode("utf-8", "surrogateescape") for key, value in found.items()} == records
    assert parse_pax(body + bytes(7)) == parse_pax(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_pax_records_or_refused(body):
    try:
        records = parse_pax(body)
    except FaceshardsError:
        return
    # What is read was there: a name, a sign and a value of no more bytes than the body has.
    lines = [f"{name}={value}".encode("utf-8", "surrogateescape") for name, value in records.items()]
    assert sum(map(len, lines)) <= len(body)


FRONTS = st.builds(
    Front,
    st.text("0123456789abcdef", min_size=32, max_size=32),
    st.integers(0, 10**19),
    st.integers(0, 10**11),
    st.integers(0, 10**11),
    st.dictionaries(WORDS, st.dictionaries(WORDS, st.integers() | WORDS, max_size=3), max_size=4),
)


@given(FRONTS)
def test_a_front_record_comes_back(front):
    body = front.pack(front.body_size())
    assert read_front(body) == (front, len(body))
    with tarfile.open(fileobj=io.BytesIO(body + member_header(b"a.json", 0, 0) + END)) as tar:
        assert tar.getnames() == ["a.json"] and tar.pax_headers["FACESHARDS.generation"] == front.generation


@given(FRONTS, st.integers(0), st.integers(1, 255))
def test_a_front_record_with_one_byte_changed_is_never_another(front, place, change):
    body = bytearray(front.pack(front.body_size()))
    body[place % len(body)] ^= change
    with suppress(FaceshardsError):
        assert read_front(bytes(body))[0] in (None, front)


ARRAYS = st.sampled_from(
    [
        np.arange(6, dtype="<f4").reshape(2, 3), np.asfortranarray(np.arange(6).reshape(3, 2)), np.zeros((0, 3), ">i2"),
        np.array(7, "u1"), np.array(["ab", "c"]), np.array([b"ab", b"c"]), np.array([1 + 2j]), np.array([True, False]),
    ]
)  # fmt: skip


BYTES = st.sampled_from(b"0123456789<>|=,() 'biufcUSO\x00\x01\x02\xff")
CHANGES = st.lists(st.tuples(st.integers(0, 127), BYTES), min_size=1, max_size=3)


@settings(max_examples=400)
@given(ARRAYS, CHANGES)
def test_an_npy_that_is_read_is_read_as_numpy_reads_it(array, changes):
    out = io.BytesIO()
    np.save(out, array)
    body = bytearray(out.getvalue())
    for place, byte in changes:
        body[place % len(body)] = byte
    try:
        ours = codecs.decode("a.npy", bytes(body))
    except (ColumnError, UnsafeData):
        return
    theirs = np.load(io.BytesIO(bytes(body)), allow_pickle=False)
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape and ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize("column", ["json", "a.npy", "a.msg", "a.txt", "a.jpg", "a.png", "a.mp4"])
@given(body=st.binary(max_size=100))
def test_any_bytes_decode_or_are_refused(column, body):
    try:
        value = codecs.decode(column, body)
    except (ColumnError, UnsafeData):
        return
    plain = {"json": json.loads, "a.txt": lambda body: body.decode(), "a.mp4": bytes}
    if column in plain and body:  # an empty body is a sample that lacks the column
        assert repr(value) == repr(plain[column](body))  # by repr: NaN is not equal to itself
