"""What a data set's shards say of it: samples, hours, collections, columns, scalars. From their indexes alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard

#: Types of scalars, from the narrowest to the widest, in which all shards' values of one name find room.
_WIDTHS = ("bool", "int64", "double", "string")


@dataclass(frozen=True)
class HubCollection:
    """One data set that clips came from, as their labels say; what they do not say is empty."""

    name: str
    licence: str
    citation: str


@dataclass
class Summary:
    """`collections`: samples and seconds of each. `columns`: of how many samples each has a value. `scalars`: name ->
    Arrow type. `unlicensed`: samples whose labels name no licence.
    """

    shards: int = 0
    samples: int = 0
    seconds: float = 0.0
    bytes: int = 0
    persons: int = 0
    collections: dict[HubCollection, list[float]] = field(default_factory=dict)
    columns: Counter[str] = field(default_factory=Counter)
    scalars: dict[str, str] = field(default_factory=dict)
    unlicensed: int = 0

    @property
    def licences(self) -> list[str]:
        """Those of its collections, sorted."""
        return sorted({one.licence for one in self.collections if one.licence})

    @property
    def citations(self) -> list[str]:
        """Those of its collections, sorted."""
        return sorted({one.citation for one in self.collections if one.citation})


def summarised(shards: Iterable[Shard]) -> Summary:
    """The summary of open shards."""
    whole, persons = Summary(), set[tuple[str | None, str | None]]()
    for shard in shards:
        whole.shards += 1
        index = shard.index.filter(standing(shard.index))  # what was removed on request is no sample any more
        whole.samples += index.num_rows
        whole.bytes += shard.nbytes
        both = zip(_texts(index, "collection"), _texts(index, "identity"), strict=True)
        persons |= {(collection, who) for collection, who in both if who}  # 01 of one is not that of another
        _add_collections(whole, index)
        for column in shard.columns:
            whole.columns[column] += int((index[column].combine_chunks().field("state").to_numpy() == 0).sum())
        for scalar in index.schema:
            if scalar.name not in shard.columns:
                kind = str(scalar.type)
                whole.scalars[scalar.name] = max(kind, whole.scalars.get(scalar.name, kind), key=_width)
    whole.persons = len(persons)
    return whole


def _width(kind: str) -> int:
    return _WIDTHS.index(kind) if kind in _WIDTHS else len(_WIDTHS)


def _add_collections(whole: Summary, index: pa.Table) -> None:
    durations = _column(index, "duration", pa.float64())
    rows = zip(*(_texts(index, name) for name in ("collection", "licence", "citation")), durations, strict=True)
    for name, licence, citation, seconds in rows:
        counts = whole.collections.setdefault(HubCollection(name or "", licence or "", citation or ""), [0, 0.0])
        counts[0] += 1
        counts[1] += seconds or 0.0
        whole.seconds += seconds or 0.0
        whole.unlicensed += not licence


def _texts(index: pa.Table, name: str) -> list[str | None]:
    return _column(index, name, pa.string())


def _column(index: pa.Table, name: str, kind: pa.DataType) -> list[Any]:
    """The values of a scalar; None where the index has none of this type."""
    if name not in index.column_names or index[name].type != kind:
        return [None] * index.num_rows
    return index[name].to_pylist()
