"""Rows of a Parquet file as the files of samples."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from faceshards.errors import ClipError, SourceError
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.parquet_archive import ParquetArchive

MEDIA = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def archive(tmp_path, limits=None, **columns):
    pq.write_table(pa.table(columns), tmp_path / "a.parquet", row_group_size=2)
    return ParquetArchive(tmp_path / "a.parquet", limits or Limits())


def test_fields_are_named_by_suffix_and_by_column_where_two_share_one(tmp_path):
    rows = [{"bytes": bytes([number]), "path": f"x/{number}.MP4"} for number in range(3)]
    videos = pa.array(rows, MEDIA)
    made = archive(tmp_path, a=videos, b=videos, raw=pa.array([b"r"] * 3), n=pa.array([1, 2, 3]))
    entries = made.listing().entries
    assert [one.name for one in entries[-4:]] == ["00000002.a.mp4", "00000002.b.mp4", "00000002.raw", "00000002.json"]
    assert [made.read(one) for one in entries[-4:-1]] == [b"\2", b"\2", b"r"]
    assert json.loads(made.read(entries[3])) == {"n": 1, "a_path": "x/0.MP4", "b_path": "x/0.MP4"}
    assert [made.read(one) for one in entries[::4]] == [b"\0", b"\1", b"\2"]  # back and forth between groups
    assert made.file(entries[0]).read_range(0, 1) == b"\0"
    made.close()


def test_what_cannot_be_had_is_told(tmp_path):
    videos = pa.array([{"bytes": None, "path": "a.mp4"}, {"bytes": b"12345", "path": "b.mp4"}], MEDIA)
    made = archive(tmp_path, Limits(entry_bytes=4), v=videos)
    entries = made.listing().entries
    for entry, code in ((entries[0], "empty-file"), (entries[2], "too-large")):
        with pytest.raises(ClipError) as told:
            made.read(entry)
        assert told.value.code == code
    with pytest.raises(SourceError, match="none of its columns holds media"):
        archive(tmp_path, n=pa.array([1])).listing()
    with pytest.raises(SourceError, match="--max-entries"):
        archive(tmp_path, Limits(entries=1), v=videos).listing()
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-3])
    with pytest.raises(SourceError, match="not a whole Parquet file"):
        ParquetArchive(tmp_path / "cut.parquet", Limits())


def test_no_flipped_bit_is_more_than_a_bad_file_or_entry(tmp_path):
    videos = pa.array([{"bytes": b"12345", "path": "b.mp4"}] * 2, MEDIA)
    archive(tmp_path, v=videos, text=pa.array(["a", "b"])).close()
    file, told = tmp_path / "a.parquet", set()
    body = file.read_bytes()
    for bit in range(0, 8 * len(body), 5):
        flipped = bytearray(body)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)
        try:
            made = ParquetArchive(file, Limits())
            for entry in made.listing().entries:
                made.read(entry)
        except (SourceError, ClipError) as error:
            told.add(str(error).partition(" (")[0])
    assert f"{file}: not a whole Parquet file" in told and any("row group" in one for one in told), told
