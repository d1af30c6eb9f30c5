"""A bug for each parser, planted in one place: a fuzzer that cannot find it finds nothing."""

from __future__ import annotations

import os
from typing import Any

import msgpack

from faceshards.shards.index import file as index_file
from faceshards.shards.pickles import pickled_arrays
from faceshards.shards.schema import codecs, scalars
from faceshards.shards.tar import front, scan


def plant_tar() -> None:
    """A member may run past the end."""

    def unbounded(self: Any, header: bytes, start: int, position: int, size: int, records: dict) -> scan.Member:
        return scan.Member("x", start, position + 512, scan._size(records, size), None)

    scan.TarScan._member = unbounded


def plant_front() -> None:
    """The record's own checksum is not looked at."""

    def unchecked(start: bytes) -> tuple[front.Front | None, int]:
        size = front.front_size(start)
        return front.parse_front(front.parse_pax(start[512:size])) if size else None, size

    front.read_front = unchecked


def plant_npy() -> None:
    """Every array is in C order."""
    parse = codecs._parse_npy_header
    codecs._parse_npy_header = lambda header: (*parse(header)[:2], False)


def plant_msg() -> None:
    """Extensions are taken."""
    codecs._no_extension = msgpack.ExtType


def plant_json() -> None:
    """A rate may be 25/0."""
    scalars._ratio = lambda value: value[0] / value[1] if isinstance(value, list) else value


def plant_index() -> None:
    """Names and types are not looked at."""
    index_file._is_built = lambda schema, facts: True


def plant_pickle() -> None:
    """A pickle may run a command."""
    pickled_arrays.CALLS[("posix", "system")] = lambda source, command: os.system(command)  # noqa: S605 - the planted bug


def plant_archive(module: Any) -> None:
    """No name is unsafe."""
    module.clean_name = lambda raw: (raw, None)
