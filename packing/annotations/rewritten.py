"""Annotation files written again of what the clips' json kept of their rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from faceshards.errors import ClipError, UsageError
from faceshards.packing.annotations.annotation_file import DELIMITERS


class Rewritten:
    """Rows of annotation files, gathered clip by clip; values are equal to those of the file, its spelling of JSON
    (spaces, the order of keys) is not kept.
    """

    def __init__(self) -> None:
        self._heads: dict[str, tuple[str, Any]] = {}
        self._rows: dict[str, dict[tuple[str | None, str], Any]] = {}

    def add(self, origin: Any) -> None:
        """Takes note of a clip's row, as `AnnotationFile.origin` tells it; what has none is passed over. Raises
        UsageError where two files of one name do not fit together, ClipError for what is no such origin.
        """
        if not isinstance(origin, dict) or "row" not in origin:
            return
        name, form, key, part, head = (origin.get(one) for one in ("file", "form", "key", "part", "head"))
        if not (isinstance(name, str) and isinstance(form, str) and isinstance(key, str)):
            raise ClipError("bad-column", f"its annotation names no row of a file: {sorted(origin)}")
        if not _fits(form, head, part, origin["row"]):
            raise ClipError("bad-column", f"its annotation holds no row of {form}")
        rows = self._rows.setdefault(name, {})
        row = rows.setdefault((part, key), origin["row"])
        if self._heads.setdefault(name, (form, head)) != (form, head) or row != origin["row"]:
            raise UsageError(f"{name}: two annotation files have this name: export their shards one by one")

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of each file."""
        for name, (form, head) in self._heads.items():
            yield name, _text(form, head, self._rows[name]).encode()


def _fits(form: str, head: Any, part: Any, row: Any) -> bool:
    """Whether a file of this form may have this head and this row."""
    if not isinstance(part, str | None):
        return False
    if form in DELIMITERS:
        tables = [cells for cells in (head, row) if isinstance(cells, list)]
        return len(tables) == 2 and all(isinstance(cell, str) for cell in [*head, *row])
    beside = {} if head is None else head
    return isinstance(row, dict) and isinstance(beside, dict) and isinstance(beside.get(part, {}), dict)


def _text(form: str, head: Any, rows: dict[tuple[str | None, str], Any]) -> str:
    if form in DELIMITERS:
        out = io.StringIO()
        csv.writer(out, delimiter=DELIMITERS[form], lineterminator="\n").writerows([head, *rows.values()])
        return out.getvalue()
    if form == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows.values())
    if form == "list":
        return json.dumps(list(rows.values()), ensure_ascii=False, indent=1)
    document = dict(head or {})
    for (part, key), row in rows.items():
        (document if part is None else document.setdefault(part, {}))[key] = row
    return json.dumps(document, ensure_ascii=False, indent=1)
