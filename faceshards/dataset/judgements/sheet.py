"""Judgements as a table of text (CSV, RFC 4180), for people and their spreadsheets, and back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from faceshards.dataset.judgements.judgement import NONE, Judgement
from faceshards.dataset.judgements.saving import AT, BY, NOTE, VERDICT
from faceshards.errors import UsageError
from faceshards.shards.storage.atomic import storage_errors

#: Column of the table -> what of a judgement stands there.
COLUMNS = {
    "shard": "shard",
    "key": "key",
    VERDICT: "verdict",
    NOTE: "note",
    BY: "by",
    AT: "at",
    "generation": "generation",
}
#: A column of merged tables: who said otherwise.
AGAINST = "against"
# A spreadsheet takes a cell that begins so for a formula: it gets an apostrophe before it, which is taken away again.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_MOST_BYTES = 1 << 30


def sheet_of(judgements: Iterable[Judgement], against: Mapping[tuple[str, str], str] | None = None) -> bytes:
    """The table, in UTF-8; `against`: (shard, key) -> who said otherwise, a column of its own."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow([*COLUMNS, *([AGAINST] if against is not None else [])])
    for one in judgements:
        cells = ["" if value == NONE and name == "verdict" else value for name, value in _cells(one)]
        more = [] if against is None else [against.get((one.shard, one.key), "")]
        table.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in (*cells, *more)])
    return out.getvalue().encode()


def read_sheet(path: Path) -> list[Judgement]:
    """The judgements of a table; columns that it does not know are passed over. Raises UsageError for what is no such
    table, with the line, and StorageError.
    """
    with storage_errors(path):
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise UsageError(f"{path}: more than {_MOST_BYTES >> 30} GB is no table of judgements")
            text = path.read_text("utf-8-sig")
        except FileNotFoundError:
            raise UsageError(f"{path}: no such file: faceshards judgements export writes one") from None
        except UnicodeDecodeError:
            raise UsageError(f"{path}: it is no text in UTF-8: save it as CSV UTF-8") from None
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    found = []
    try:
        if lacking := [name for name in COLUMNS if name not in (rows.fieldnames or ()) and name != "generation"]:
            raise UsageError(f"no column {lacking[0]!r} (it has {', '.join(COLUMNS)}, with commas between them)")
        for row in rows:
            found.append(Judgement.of({name: _plain(row.get(column) or "") for column, name in COLUMNS.items()}))
    except (csv.Error, UsageError) as error:
        raise UsageError(f"{path}, line {rows.line_num}: {error}") from error
    return found


def _cells(one: Judgement) -> Iterable[tuple[str, str]]:
    return ((name, getattr(one, name)) for name in COLUMNS.values())


def _plain(cell: str) -> str:
    return cell.removeprefix("'") if cell.startswith("'") else cell
