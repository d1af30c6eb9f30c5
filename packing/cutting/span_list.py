"""A CSV of spans: which parts of which videos are wanted, and what is known of each.

name,start,end[,more...]: a video of the source by its name, seconds from its first picture on; further columns are
facts of the cut. Without a header the first three columns are these, and further ones are called column4, column5, ...
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceshards.errors import UsageError
from faceshards.packing.annotations.joined import GIVEN
from faceshards.packing.sources.archive import readable, shown
from faceshards.shards.schema.scalars import NESTED, SCALARS

_OWN = ("name", "start", "end")
_WHOLE, _DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})"), re.compile(r"-?[0-9]{1,30}\.[0-9]{1,30}")


@dataclass(frozen=True)
class SpanRow:
    """A row of the list. `number`: its line. `start` and `end` in seconds, NaN where it has a `fault`."""

    number: int
    name: str
    start: float
    end: float
    facts: Mapping[str, Any]
    fault: str | None = None


class SpanList:
    """The rows of a CSV. Raises UsageError where it cannot be read as one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            body = path.read_bytes()
        except OSError as error:
            raise UsageError(f"--cut {path}: {error.strerror}: name a CSV of name,start,end") from error
        self.digest = hashlib.blake2b(body, digest_size=16).hexdigest()
        lines = list(_lines(body.decode("utf-8-sig", "surrogateescape")))
        if not lines:
            raise UsageError(f"--cut {path}: the file has no rows: name,start,end in seconds")
        header = _header(lines[0][1])
        if header:
            self._check(header)
        self._names = header or [*_OWN, *(f"column{number}" for number in range(4, 1 + max(len(r) for _, r in lines)))]
        #: All rows, in the order of the file, the broken ones among them.
        self.rows = [self._row(number, cells) for number, cells in lines[bool(header) :]]

    def by_name(self) -> dict[str, list[SpanRow]]:
        """The rows of each video."""
        found: dict[str, list[SpanRow]] = defaultdict(list)
        for row in self.rows:
            found[row.name].append(row)
        return found

    def _check(self, header: Sequence[str]) -> None:
        if missing := [name for name in _OWN if name not in header]:
            raise UsageError(f"--cut {self.path}: its header has no column {missing[0]!r}: name,start,end[,more...]")
        taken = (set(SCALARS) - GIVEN | NESTED) - {"name", "start"}
        wrong = [name for name in header if name in taken or not name or header.count(name) > 1]
        if wrong:
            raise UsageError(
                f"--cut {self.path}: column {wrong[0]!r} is empty, twice there or the shard's own: rename it"
            )

    def _row(self, number: int, cells: Sequence[str]) -> SpanRow:
        found = dict(zip(self._names, cells, strict=False))
        name = found.get("name", "").strip()
        start, end = (_number(found.get(column, "")) for column in ("start", "end"))
        fault = _fault(name, found, start, end)
        if len(cells) > len(self._names):
            fault = f"it has {len(cells)} columns, the header {len(self._names)}"
        more = {key: _value(cell) for key, cell in found.items() if key not in _OWN and cell.strip()}
        return SpanRow(number, name, start, end, more, fault)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""))
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells = ["", f"({error})"]
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _header(cells: Sequence[str]) -> list[str] | None:
    """The names of the columns where the first row holds names: its second and third cell are no numbers."""
    if any(math.isfinite(_number(cell)) for cell in cells[1:3]):
        return None
    return [readable(cell.strip()) for cell in cells]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _fault(name: str, cells: Mapping[str, str], start: float, end: float) -> str | None:
    """What is wrong with a row."""
    if not name:
        return "it names no video"
    for column, value in (("start", start), ("end", end)):
        if not math.isfinite(value) or value < 0:
            return f"{column} must be seconds from 0 on, got {shown(cells.get(column, ''))}"
    return None if end > start else f"end must be behind start, got {start:g} to {end:g}"


def _value(cell: str) -> Any:
    """A cell as json holds it: a whole number, a number, a text (`007` is none of the former)."""
    text = cell.strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else readable(text)
