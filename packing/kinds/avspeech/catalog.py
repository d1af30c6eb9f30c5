"""AVSpeech's catalogue: one reader for all who use it, so that row i is the same row everywhere.

    youtube id, start s, end s, x, y          (x, y: the speaker's face at the start, 0..1 of the picture's sides)

The published files have no header; preparation scripts add one, `link,start_time,end_time,pos_x,pos_y`. Either is
read, told by its words. A sample's id is the number of its data row, from 0; a row that breaks a rule keeps its number.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from faceshards.errors import SourceError, UsageError
from faceshards.packing.sources.archive import EntryFault, shown

#: The header that preparation scripts read.
HEADER = ("link", "start_time", "end_time", "pos_x", "pos_y")
#: Each field under the names that people give it.
_NAMES = (
    {"link", "youtube_id", "youtube id", "ytid", "video_id", "id"},
    {"start_time", "start", "start_segment", "start segment"},
    {"end_time", "end", "end_segment", "end segment"},
    {"pos_x", "x_coord", "x", "x coordinate"},
    {"pos_y", "y_coord", "y", "y coordinate"},
)
_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_SPLITS = ("train", "test", "val")


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """One segment: data row `row` of the catalogue, its times in seconds, its face's centre in [0, 1]."""

    row: int
    link: str
    start_time: float
    end_time: float
    pos_x: float
    pos_y: float

    def facts(self) -> dict[str, Any]:
        """What enters the sample's json."""
        return asdict(self)

    @property
    def start(self) -> Fraction:
        """The start as it is written, in seconds."""
        return Fraction(repr(self.start_time))

    @property
    def seconds(self) -> Fraction:
        """How long it is, as its times are written."""
        return Fraction(repr(self.end_time)) - self.start


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A data row that is none, and why."""

    row: int
    fault: EntryFault


@dataclass(frozen=True)
class RowSpan:
    """The data rows [first, last) that are wanted; `last` None: to the end."""

    first: int = 0
    last: int | None = None

    @classmethod
    def parsed(cls, text: str | None) -> RowSpan:
        """`0:20`, `20:`, `:20`; all without a text. Raises UsageError."""
        match = re.fullmatch(r"([0-9]{0,12}):([0-9]{0,12})", text or ":")
        span = match and cls(int(match[1] or 0), int(match[2]) if match[2] else None)
        if not span or (span.last is not None and span.last <= span.first):
            raise UsageError(f"--rows must be FIRST:LAST, counted from 0, LAST left out, such as 0:20, got {text!r}")
        return span

    @property
    def is_all(self) -> bool:
        """Whether it is the whole catalogue."""
        return self.first == 0 and self.last is None

    def __str__(self) -> str:
        return f"{self.first}:{'' if self.last is None else self.last}"


def read_catalog(body: bytes, name: str, span: RowSpan | None = None) -> Iterator[CatalogRow | BrokenRow]:
    """The data rows of a catalogue that are wanted, in order; empty lines are no rows.

    Raises SourceError for a file that is no catalogue at all: a web page saved in its place, compressed, empty.
    """
    _refuse(body, name)
    span = span or RowSpan()
    number = -1
    # Line by line: no field of this catalogue has a comma, and a stray quote must not swallow the rows behind it.
    for line in io.TextIOWrapper(io.BytesIO(body), "utf-8-sig", "surrogateescape"):
        fields = [field.strip(' "\t\r\n') for field in line.split(",")]
        if (not any(fields) and len(fields) == 1) or (number < 0 and _is_header(fields)):
            continue
        number += 1
        if span.last is not None and number >= span.last:
            return
        if number >= span.first:
            yield _row(number, fields)


def split_of(path: Path, given: str | None) -> str:
    """Which side of AVSpeech's own split a catalogue is: as given, else as its file is named. Raises UsageError."""
    if given is not None:
        if not re.fullmatch(r"[a-z0-9_]{1,30}", given):
            raise UsageError(f"--split must be a word such as train or test, got {given!r}")
        return given
    words = [word for word in _SPLITS if word in re.split(r"[^a-z]+", path.stem.lower())]
    if len(words) != 1:
        raise UsageError(f"{path}: its name does not say which split it is: say --split train, or --split test")
    return words[0]


def _refuse(body: bytes, name: str) -> None:
    start = body[:512].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise SourceError(f"{name}: the catalogue is empty: download it again")
    if start.startswith(b"<"):
        raise SourceError(f"{name}: a web page saved as a catalogue (it begins with {start[:15]!r}): download it again")
    if start.startswith((b"\x1f\x8b", b"PK\3\4", b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(f"{name}: no text in UTF-8 (it begins with {start[:4]!r}): unpack it, or save it so")


def _is_header(fields: list[str]) -> bool:
    named = zip(fields, _NAMES, strict=False)
    return len(fields) >= len(_NAMES) and all(field.lower().lstrip("# ") in names for field, names in named)


def _row(number: int, fields: list[str]) -> CatalogRow | BrokenRow:
    """A data row, held against the rules of the catalogue."""
    rule = _broken_rule(fields)
    if rule:
        text = ",".join(fields)
        return BrokenRow(number, EntryFault("bad-row", f"row {number} is {shown(text)}: {rule}"))
    return CatalogRow(number, fields[0], *map(float, fields[1:5]))


def _broken_rule(fields: list[str]) -> str | None:
    """The rule that a row breaks, or None."""
    if len(fields) != len(HEADER):
        return f"it has {len(fields)} fields, a row has {len(HEADER)}: {', '.join(HEADER)}"
    if not _ID.fullmatch(fields[0]):
        return f"{shown(fields[0])} is no YouTube id: 11 letters, digits, - and _"
    try:
        start, end, x, y = map(float, fields[1:])
    except ValueError:
        return "its times and its position must be numbers"
    if not (0 <= start < end < math.inf):
        return f"its start must be before its end, from 0 on, got {start:g} to {end:g} s"
    if not (0 <= x <= 1 and 0 <= y <= 1):
        return f"its position must lie in [0, 1], got {x:g}, {y:g}"
    return None
