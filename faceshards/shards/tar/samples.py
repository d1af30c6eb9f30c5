"""Members of a tar become samples, as webdataset groups them: neighbours of one key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from faceshards.shards.tar.members import Member, text
from faceshards.shards.tar.scan import TarScan

# What webdataset's reader skips: `__anything__` as a whole name or folder.
_META = re.compile(rb"__[^/]*__($|/)")


class Sample(NamedTuple):
    """Members of one key that stand together: column -> member, in file order."""

    key: str
    members: dict[str, Member]


def samples(scan: TarScan) -> Iterator[Sample]:
    """Groups a scan as webdataset does: consecutive members of one key.

    A member without a column, or with a `__meta__` name, belongs to no sample.
    """
    key = b""
    members: dict[str, Member] = {}
    for table in scan.tables():
        for name, member in zip(table.names, table, strict=True):
            this, column = split_name(name)
            if not column:
                continue
            if this != key or text(column) in members:
                if members:
                    yield Sample(text(key), members)
                key, members = this, {}
            members[text(column)] = member
    if members:
        yield Sample(text(key), members)


def split_name(name: bytes) -> tuple[bytes, bytes]:
    """Key (the path up to the first dot of its base name) and column (what is behind it) of a member; both empty
    where it belongs to no sample.
    """
    name = name.removeprefix(b"./")
    folder, slash, base = name.rpartition(b"/")
    if _META.match(name):
        return b"", b""
    stem, _, column = base.partition(b".")
    return (folder + slash + stem, column) if stem and column else (b"", b"")


@dataclass(frozen=True)
class Grouping:
    """`samples` for a table of members: the samples' keys, the columns in order of appearance, and for each member
    the number of its sample and of its column (-1 where it belongs to none).
    """

    keys: list[str]
    columns: list[str]
    sample: np.ndarray
    column: np.ndarray


def grouped(names: Sequence[bytes]) -> Grouping:
    """The samples of members in file order."""
    keys: list[str] = []
    columns: dict[bytes, int] = {}
    sample, number = [], []
    row, last = -1, b""
    seen: set[bytes] = set()
    for name in names:
        key, _, column = name.partition(b".")
        if not key or b"/" in name or b"__" in name:  # a plain name needs no closer look
            key, column = split_name(name)
        if not column:
            sample.append(-1)
            number.append(-1)
            continue
        if key != last or column in seen:
            keys.append(text(key))
            last = key
            seen.clear()
            row += 1
        seen.add(column)
        sample.append(row)
        number.append(columns.setdefault(column, len(columns)))
    written = [column.decode("utf-8", "backslashreplace") for column in columns]
    return Grouping(keys, written, np.array(sample, np.int64), np.array(number, np.int64))
