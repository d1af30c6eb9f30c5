"""A map of who is in a data set: the embeddings of clips, in the two directions in which they differ most."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from faceshards.dataset.persons.evidence import main_face
from faceshards.errors import FaceshardsError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from faceshards.viewer.pages.collection import Collection

#: Columns that hold embeddings, the first that is there is shown first.
COLUMNS = ("identity.npy", "voice.npy", "face_embeddings.npy")
#: Clips of a map; of more a part is taken, by chance.
MOST_CLIPS = 20_000
# Clips whose embeddings are read at a time.
_AT_ONCE = 512


@dataclass(frozen=True)
class PersonMap:
    """`rows` (n,) int64 and where they lie, `points` (n, 2) float32; which `share` of all variance the two directions
    hold; `of` how many clips that may be looked at these were taken, and how many of those taken have `no` embedding,
    or one of another length than most, `odd`.
    """

    column: str
    rows: np.ndarray
    points: np.ndarray
    share: float
    of: int
    no: int
    odd: int = 0
    groups: list[dict[str, Any]] = field(default_factory=list)
    group: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    def record(self) -> dict[str, Any]:
        """As JSON values."""
        told = {name: getattr(self, name) for name in ("column", "share", "of", "no", "odd", "groups")}
        points = np.round(self.points.astype(float), 4)
        return {
            **told,
            "rows": self.rows.tolist(),
            "x": points[:, 0].tolist(),
            "y": points[:, 1].tolist(),
            "group": self.group.tolist(),
        }


def mapped_columns(collection: Collection) -> list[str]:
    """The columns of which there can be a map."""
    return [name for name in COLUMNS if name in collection.stored.schema.names]


def axis(column: str, letter: str) -> str:
    """What a filter calls a direction of a map: map_identity_x."""
    return f"map_{column.partition('.')[0]}_{letter}"


def person_map(
    collection: Collection, column: str, seed: int = 0, advance: Callable[[int, int], None] = lambda done, total: None
) -> PersonMap:
    """Principal components (Pearson 1901) of the embeddings of the clips that are looked at, of each the main face's,
    or the mean of what it has. Raises FaceshardsError where a shard cannot be read.
    """
    chosen = sampled(collection, seed)
    rows, found = [], []
    for row, vector in _embeddings(collection, chosen, column, advance):
        rows.append(row)
        found.append(vector)
    widths = Counter(map(len, found))
    width = widths.most_common(1)[0][0] if widths else 0
    kept = [number for number, one in enumerate(found) if len(one) == width and np.isfinite(one).all()]
    held = np.array([rows[number] for number in kept], np.int64)
    vectors = np.array([found[number] for number in kept], np.float32).reshape(len(kept), width)
    points, share = components(vectors)
    group, groups = _persons(collection, held)
    odd = len(found) - len(kept)
    return PersonMap(column, held, points, share, len(collection.rows), len(chosen) - len(found), odd, groups, group)


def sampled(collection: Collection, seed: int, most: int = MOST_CLIPS) -> np.ndarray:
    """Rows, ascending: all that are looked at, or those of the least hashes of seed and key: the same ones on every
    machine, and whatever else is there.
    """
    if len(collection.rows) <= most:
        return collection.rows
    keys = collection.stored.columns(["key"])["key"].take(pa.array(collection.rows))
    start = hashlib.blake2b(str(seed).encode(), digest_size=8)
    marks = np.fromiter((_mark(start, str(key)) for key in keys), np.uint64, len(keys))
    return np.sort(collection.rows[np.argpartition(marks, most)[:most]])


def components(vectors: np.ndarray) -> tuple[np.ndarray, float]:
    """Where vectors (n, D) lie in their two principal directions, float32 (n, 2), scaled so that the farthest lies at
    1; and the share of variance that those hold. A direction's sign is that which makes its greatest weight positive.
    """
    count, width = vectors.shape
    points = np.zeros((count, 2), np.float32)
    if count < 2 or not width:
        return points, 1.0
    centred = vectors - vectors.mean(axis=0, dtype=np.float64)
    values, directions = np.linalg.eigh(centred.T @ centred)
    for number in range(min(2, width)):
        direction = directions[:, -1 - number]
        points[:, number] = centred @ (direction * np.sign(direction[np.abs(direction).argmax()]))
    total = float(values.sum())
    return points / max(float(np.abs(points).max()), 1e-12), float(values[-2:].sum()) / total if total > 0 else 1.0


def _mark(start: Any, key: str) -> int:
    mark = start.copy()
    mark.update(key.encode("utf-8", "surrogateescape"))
    return int.from_bytes(mark.digest(), "big")


def _embeddings(
    collection: Collection, rows: np.ndarray, column: str, advance: Callable[[int, int], None]
) -> Iterator[tuple[int, np.ndarray]]:
    numbers = np.searchsorted(collection.starts, rows, side="right") - 1
    done = 0
    for number in np.unique(numbers).tolist():
        there = (rows[numbers == number] - collection.starts[number]).tolist()
        with Shard(collection.places[number]) as shard:
            for first in range(0, len(there), _AT_ONCE):
                part = [row for row in there[first : first + _AT_ONCE] if row < len(shard)]
                yield from ((int(collection.starts[number]) + row, one) for row, one in _of_rows(shard, part, column))
                done += len(part)
                advance(done, len(rows))


def _of_rows(shard: Shard, rows: list[int], column: str) -> Iterator[tuple[int, np.ndarray]]:
    rows = [row for row in rows if shard.filled(row, column)] if shard.has(column) else []
    if not rows:
        return
    whose: list[Any] = [None] * len(rows)
    if column == "identity.npy" and shard.has("identity_person.npy"):
        whose = [
            shard.get(row, "identity_person.npy") if shard.filled(row, "identity_person.npy") else None for row in rows
        ]
    for row, body, persons in zip(rows, shard.read_column(column, rows), whose, strict=True):
        vector = _vector(decode(column, body), persons)
        if vector is not None:
            yield row, vector


def _vector(value: Any, persons: Any) -> np.ndarray | None:
    """The embedding of a clip; None where its array is empty or none."""
    if not isinstance(value, np.ndarray) or not value.size or value.ndim > 2 or value.dtype.kind != "f":
        return None
    if value.ndim == 1:
        return value
    if isinstance(persons, np.ndarray) and persons.shape == value.shape[:1] and persons.min(initial=0) >= 0:
        return main_face(value, None, persons, None)
    return np.asarray(value.mean(axis=0))


def _persons(collection: Collection, rows: np.ndarray) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """The group of each row, -1 of none, and the groups, the largest first: the persons that were found, else those
    that clips were packed with; `where` is the filter that chooses one.
    """
    for name in ("person", "identity"):
        if name in collection.stored.schema.names:
            words = collection.stored.columns([name])[name].cast(pa.string()).take(pa.array(rows)).to_pylist()
            counts = Counter(word for word in words if word)
            if counts:
                ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
                place = {word: number for number, (word, _) in enumerate(ranked)}
                groups = [{"name": word, "clips": clips, "where": _is(name, word)} for word, clips in ranked]
                return np.array([place.get(word or "", -1) for word in words], np.int64), groups
    return np.full(len(rows), -1, np.int64), []


def _is(name: str, word: str) -> str:
    return f"{name} = '" + word.replace("'", "''") + "'"


def laid_over(collection: Collection, column: str, found: Callable[[], PersonMap]) -> None:
    """Lays the map's directions over the collection, so that a filter chooses a part of the map."""

    def values(number: int) -> Callable[[], pa.Array]:
        def column_of_all() -> pa.Array:
            try:
                one = found()
            except FaceshardsError:
                return pa.nulls(len(collection), pa.float64())
            spread = np.full(len(collection), np.nan)
            spread[one.rows] = np.round(one.points[:, number].astype(float), 4)
            return pa.array(spread, pa.float64(), from_pandas=True)

        return column_of_all

    for number, letter in enumerate("xy"):
        collection.lay_over(axis(column, letter), pa.float64(), values(number), listed=False)
