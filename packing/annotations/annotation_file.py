"""A file with a row a clip: CSV, TSV, JSON lines, or a JSON document."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faceshards.errors import SourceError, UsageError
from faceshards.packing.sources.archive import readable, shown

#: Columns that name the clip, the first of them that is there; else a table's first column does.
KEYS = ("file_name", "name", "clip", "path", "file", "filename", "video", "id")
#: What stands between the cells of a table, by its suffix.
DELIMITERS = {"csv": ",", "tsv": "\t"}
_FORMS = ("csv", "tsv", "jsonl", "json")


@dataclass(frozen=True)
class AnnotationRow:
    """What the file says of one clip. `value`: the cells of a table's row as they are spelled, or a JSON object.

    `facts`: column -> value, the one that names the clip left out. `part`: the member of the document that holds the
    row, None where the document itself does.
    """

    key: str
    value: Any
    facts: Mapping[str, Any]
    part: str | None = None


@dataclass(frozen=True)
class AnnotationFile:
    """The rows by the clip that they name, in the file's order; `broken` are words on those that cannot be used.

    `form`: csv, tsv, jsonl, list (a JSON list of objects) or object (a JSON object of them). `head`: a table's header,
    or what else stands in the document; `digest` tells one content from another.
    """

    name: str
    form: str
    head: Any
    rows: Mapping[str, AnnotationRow]
    broken: list[str] = field(default_factory=list)
    digest: str = ""

    def origin(self, row: AnnotationRow) -> dict[str, Any]:
        """What the json keeps, so that the way back can write the row as it was."""
        told = {"file": self.name, "form": self.form, "head": self.head, "key": row.key, "part": row.part}
        return {**{name: value for name, value in told.items() if value is not None}, "row": row.value}


def read_annotations(path: Path) -> AnnotationFile:
    """The file's rows: of a table with a header those of as many cells, of a JSON document the objects of a list, or
    those of an object by their keys (of its members `clips`, `clips_...` where it has such). A clip's second row is
    broken. Raises UsageError for a file that is not there or of another suffix, SourceError for one that is no such.
    """
    form = path.suffix[1:].lower()
    if form not in _FORMS:
        raise UsageError(f"{path}: annotations must be one of {', '.join(_FORMS)}: name a file of such a suffix")
    try:
        body = path.read_bytes()
        text = body.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}: name a file with --annotations") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: no UTF-8 at byte {error.start}: save it as UTF-8") from error
    rows = _Rows()
    head = None
    if form in DELIMITERS:
        head = _table(text, form, rows, path)
    elif form == "jsonl":
        _lines(text, rows)
    else:
        form, head = _document(_json(text, path), rows)
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return AnnotationFile(readable(path.name), form, head, rows.found, rows.broken, digest)


class _Rows:
    """Rows as they are found, the first of each clip."""

    def __init__(self) -> None:
        self.found: dict[str, AnnotationRow] = {}
        self.broken: list[str] = []

    def add(self, where: str, row: AnnotationRow) -> None:
        if not row.key:
            self.broken.append(f"{where}: names no clip")
        elif row.key in self.found:
            self.broken.append(f"{where}: a second row of {shown(row.key)}")
        else:
            self.found[row.key] = row

    def add_object(self, where: str, value: Any, key: str | None = None, part: str | None = None) -> None:
        if not isinstance(value, dict):
            self.broken.append(f"{where}: no JSON object")
            return
        column = key_column(value) if key is None else None
        named = str(value.get(column, "")) if key is None else key
        facts = {name: one for name, one in value.items() if name != column}
        self.add(where, AnnotationRow(named, value, facts, part))


def key_column(columns: Any) -> str | None:
    """Which of these columns names the clip, None for no columns."""
    lower = {str(name).lower(): str(name) for name in reversed(list(columns))}
    return next((lower[name] for name in KEYS if name in lower), next(iter(columns), None))


def _table(text: str, form: str, rows: _Rows, path: Path) -> list[str]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[form])
    cells, numbers = [], []
    try:
        head = next(lines, [])
        for line in lines:
            if line and len(line) != len(head):
                rows.broken.append(f"line {lines.line_num}: {len(line)} cells, the header has {len(head)}")
            elif line:
                cells.append(line)
                numbers.append(lines.line_num)
    except csv.Error as error:
        raise SourceError(f"{path}: line {lines.line_num}: {error}") from error
    key = key_column(head)
    if key is None or len(set(head)) != len(head):
        raise SourceError(f"{path}: the first line must name the columns, each once, got {head}")
    typed = dict(zip(head, map(_typed, zip(*cells, strict=True)), strict=False))
    for place, (number, line) in enumerate(zip(numbers, cells, strict=True)):
        facts = {name: values[place] for name, values in typed.items() if name != key and values[place] is not None}
        rows.add(f"line {number}", AnnotationRow(line[head.index(key)], line, facts))
    return head


def _typed(cells: tuple[str, ...]) -> list[Any]:
    """A column's values: integers where all its cells are, numbers where all are, else text; None for an empty cell."""
    for kind in (_integer, _number):
        try:
            return [kind(cell) if cell else None for cell in cells]
        except ValueError:
            continue
    return [cell or None for cell in cells]


def _integer(cell: str) -> int:
    if str(value := int(cell)) != cell:  # 007 is a name
        raise ValueError(cell)
    return value


def _number(cell: str) -> float:
    value = float(cell)
    if not abs(value) < float("inf") or "_" in cell or (cell[:1] == "0" and cell[1:2].isdigit()):
        raise ValueError(cell)
    return value


def _lines(text: str, rows: _Rows) -> None:
    for number, line in enumerate(text.split("\n"), 1):  # splitlines would part texts at U+2028
        if line.strip():
            try:
                rows.add_object(f"line {number}", _loads(line))
            except (ValueError, RecursionError) as error:
                rows.broken.append(f"line {number}: no JSON ({error})")


def _document(value: Any, rows: _Rows) -> tuple[str, Any]:
    """The form of a document, and what stands in it beside the rows."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            rows.add_object(f"entry {number}", one)
        return "list", None
    parts = [name for name in value if name == "clips" or name.startswith("clips_")]
    parts = [name for name in parts if isinstance(value[name], dict)]
    for part, key, one in _entries(value, parts):
        rows.add_object(f"entry {shown(key)}", one, key, part)
    return "object", {name: one for name, one in value.items() if name not in parts} if parts else None


def _entries(value: dict[str, Any], parts: list[str]) -> Iterator[tuple[str | None, str, Any]]:
    if not parts:
        yield from ((None, key, one) for key, one in value.items())
    for part in parts:
        yield from ((part, key, one) for key, one in value[part].items())


def _json(text: str, path: Path) -> Any:
    try:
        value = _loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: no JSON ({error}): fetch it again") from error
    if not isinstance(value, (list, dict)):
        raise SourceError(f"{path}: must be a list of objects, or an object of them by the clip's name")
    return value


def _loads(text: str) -> Any:
    return json.loads(text, parse_constant=_no_number)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")
