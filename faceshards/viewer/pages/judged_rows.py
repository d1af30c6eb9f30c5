"""What is judged of the rows of a collection, and by whom: journals, and what is saved in the shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from threading import RLock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.dataset.judgements.journal import JudgementJournal, latest
from faceshards.dataset.judgements.judgement import NONE, Judgement
from faceshards.dataset.judgements.saving import AT, BY, NAMES, NOTE, VERDICT, labels_of
from faceshards.errors import UsageError
from faceshards.shards.reader import Shard
from faceshards.shards.storage.url import Place
from faceshards.viewer.pages.clip_rows import ClipRows
from faceshards.viewer.pages.collection import Collection


class JudgedRows:
    """The judgements on a collection, as the person `by` sees and makes them. `aside`: none is written beside the
    shards. Safe to use from several threads.

    Filters and orders see them at once: the columns `NAMES` are the person's own last word, or, where that is older or
    none, what is saved in the shards.
    """

    def __init__(self, collection: Collection, by: str, aside: bool = False) -> None:
        self.by = by
        self._collection = collection
        self._lock = RLock()
        self._rows = ClipRows(collection)
        self._numbers: dict[Place, dict[str, int]] = {}
        for number, place in enumerate(collection.places):
            self._numbers.setdefault(place.parent, {})[place.name] = number
        self._journals = {folder: JudgementJournal(folder, aside) for folder in self._numbers}
        self._saved = {name: self._stored(name) for name in NAMES}
        self._seen_columns: dict[str, tuple[int, pa.ChunkedArray]] = {}
        for name in NAMES:
            collection.lay_over(name, pa.string(), partial(self._seen_column, name))

    def judge(self, row: int, verdict: str | None, note: str | None) -> dict[str, Any]:
        """Writes a judgement down, at once; None leaves the verdict or the note as it was. Returns what `of` says then,
        and what it said `before`. Raises UsageError and StorageError.
        """
        shard, at = self._collection.locate(row)
        with self._lock:
            self.refresh()
            before = self.of(row)
            verdict, note = (
                before[name] if new is None else new for name, new in (("verdict", verdict), ("note", note))
            )
            place = self._place(row)
            said = Judgement.now(place.name, shard.keys[at], verdict, note, self.by, shard.generation)
            self._journals[place.parent].add(said)
            self._collection.changed()
            return {**self.of(row), "before": {"verdict": before["verdict"], "note": before["note"]}}

    def of(self, row: int) -> dict[str, Any]:
        """What stands of a `row`: `verdict`, `note`, `by` and `at` as the person sees them, and what `others` say in
        the journal. Raises UsageError for a row that is not looked at.
        """
        if not self._collection.shows(row):
            raise UsageError(f"row {row}: no row of what is looked at")
        place = self._place(row)
        with self._lock:
            persons = self._journals[place.parent].each.get((place.name, str(self._rows.keys[row])), {})
            others = [one for who, one in persons.items() if who != self.by and not one.says_nothing]
            told = [{"by": one.by, "verdict": one.verdict, "note": one.note} for one in others]
            return {"row": row, **self._seen(row, persons.get(self.by)), "others": told}

    def refresh(self) -> None:
        """Reads what other servers wrote."""
        with self._lock:
            if any([journal.refresh() for journal in self._journals.values()]):
                self._collection.changed()

    def reload(self, written: Sequence[Place]) -> None:
        """Reads what is saved in some shards again, after they were written."""
        numbers = {place: number for number, place in enumerate(self._collection.places)}
        with self._lock:
            for place in written:
                start, end = self._collection.starts[numbers[place] : numbers[place] + 2].tolist()
                with Shard(place) as shard:
                    for name in NAMES if len(shard) == end - start else ():
                        held, new = self._saved[name], _strings(shard.index, name)
                        parts = [*held.slice(0, start).chunks, *new.chunks, *held.slice(end).chunks]
                        self._saved[name] = pa.chunked_array(parts, pa.string())
            self._collection.changed()

    def counts(self) -> dict[str, Any]:
        """How many `rows` are looked at; of how many the person says `keep` and `drop`, and has `notes`; `unsaved`:
        those of which the shards do not say yet what saving would write; `torn` lines of journals, and the `places` of
        those.
        """
        with self._lock:
            shown = pa.array(self._collection.rows)
            verdicts, notes = (self._seen_column(name).take(shown) for name in (VERDICT, NOTE))
            said = {one["values"]: one["counts"] for one in verdicts.value_counts().to_pylist()}
            journals = list(self._journals.values())
            return {
                "by": self.by,
                "rows": len(shown),
                "keep": said.get("keep", 0),
                "drop": said.get("drop", 0),
                "notes": len(notes) - notes.null_count,
                "unsaved": sum(self._is_news(row, latest(persons)) for row, persons in self._judged()),
                "torn": sum(one.torn for one in journals),
                "places": [str(one.path) for one in journals],
            }

    def _seen(self, row: int, own: Judgement | None) -> dict[str, str]:
        """The person's own last word, or what is saved, whichever is the later one."""
        saved = {name: self._saved[name][row].as_py() or "" for name in NAMES}
        if own is not None and own.at > saved[AT]:
            return {"verdict": own.verdict, "note": own.note, "by": own.by, "at": own.at}
        return {"verdict": saved[VERDICT] or NONE, "note": saved[NOTE], "by": saved[BY], "at": saved[AT]}

    def _is_news(self, row: int, last: Judgement) -> bool:
        saved = self._saved[AT][row].as_py() or ""
        return last.at > saved and not (last.says_nothing and not saved)

    def _seen_column(self, name: str) -> pa.ChunkedArray:
        """A column of all rows as the person sees it, made anew where anything changed."""
        with self._lock:
            held = self._seen_columns.get(name)
            if held is None or held[0] != self._collection.changes:
                held = self._seen_columns[name] = (self._collection.changes, self._made_column(name))
            return held[1]

    def _made_column(self, name: str) -> pa.ChunkedArray:
        """A saved column with the person's later words in it."""
        said = {
            row: persons[self.by]
            for row, persons in self._judged()
            if self.by in persons and persons[self.by].at > (self._saved[AT][row].as_py() or "")
        }
        if not said:
            return self._saved[name]
        rows = sorted(said)
        mask = np.zeros(len(self._rows.keys), bool)
        mask[rows] = True
        news = pa.array([labels_of(said[row]).get(name) for row in rows], pa.string())
        held = self._saved[name].combine_chunks()
        return pa.chunked_array([pc.replace_with_mask(held, pa.array(mask), news)])

    def _judged(self) -> Iterator[tuple[int, dict[str, Judgement]]]:
        """Each row that a journal speaks of, and who says what; clips that are not looked at are passed over."""
        for folder, journal in self._journals.items():
            for (shard, key), persons in journal.each.items():
                number = self._numbers[folder].get(shard)
                row = None if number is None else self._rows.find(number, key)
                if row is not None:
                    yield row, persons

    def _place(self, row: int) -> Place:
        return self._collection.places[int(np.searchsorted(self._collection.starts, row, side="right")) - 1]

    def _stored(self, name: str) -> pa.ChunkedArray:
        return _strings(self._collection.stored.columns(["key", name]), name)


def _strings(table: pa.Table, name: str) -> pa.ChunkedArray:
    """A column of texts; of nothing where there is none, or it is none of texts."""
    if name in table.column_names and pa.types.is_string(table.schema.field(name).type):
        column = table[name]
        return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    return pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
