"""The columns of a batch that are decoded as a whole: arrays of one size, gathered into tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from typing import NamedTuple, Protocol

import numpy as np
import torch

from faceshards.errors import FaceshardsError
from faceshards.loaders.decode.dense import ArrayHeader, Odd, gather, stacked
from faceshards.loaders.faults import BAD
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import Link


class Role(NamedTuple):
    """A column of one of the rows that a unit is made of: the `row`-th of them."""

    column: str
    row: int = 0


class RowReader(Protocol):
    """What reads the members of a row: `Bodies`, or the group of rows that it was fetched with."""

    def read(self, row: int, column: str) -> bytes | memoryview: ...


class DenseColumns:
    """Gathers the `parts` of units, by their names; from a shard on this machine straight out of its mapping."""

    def __init__(self, bodies: Bodies, parts: Mapping[str, Role], link: Link) -> None:
        self.bodies, self.parts, self._link = bodies, dict(parts), link
        self._headers: dict[str, ArrayHeader | None] = {}

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of a body of each part."""
        sizes = {name: self.bodies.extents(part.column).size for name, part in self.parts.items()}
        return {name: int(each[np.argmax(each > 0)]) for name, each in sizes.items()}

    def leave(self, names: Set[str]) -> None:
        """From now on these are none of them."""
        self.parts = {name: part for name, part in self.parts.items() if name not in names}

    def gathered(
        self, rows: np.ndarray, members: Callable[[int], RowReader]
    ) -> tuple[dict[str, torch.Tensor], dict[int, FaceshardsError]]:
        """A tensor (n, ...) of each part of the units that are made of `rows` int64 (n, k), and the errors of those
        that are bad, by their slot. `members` gives what reads the rows of a slot. A part whose bodies turn out to be
        of several kinds is left out.
        """
        dense: dict[str, torch.Tensor] = {}
        errors: dict[int, FaceshardsError] = {}
        for name, (column, part) in self.parts.items():
            with suppress(Odd):
                mine = rows[:, part]
                header = self._header(column, mine, members)
                if header is None:
                    continue
                if self._link.mapped:
                    dense[name], bad = gather(self.bodies, column, mine, header)
                else:
                    dense[name], bad = _fetched(column, mine, header, members)
                errors |= bad
        return dense, errors

    def _header(self, column: str, rows: np.ndarray, members: Callable[[int], RowReader]) -> ArrayHeader | None:
        """The header of the first body that is whole; None also where none is."""
        for slot, row in enumerate(rows.tolist()):
            if column in self._headers:
                break
            with suppress(*BAD):
                mapped = self._link.mapped
                body = self.bodies.view(row, column) if mapped else members(slot).read(row, column)
                self._headers[column] = ArrayHeader.of(body)
        return self._headers.get(column)


def _fetched(
    column: str, rows: np.ndarray, header: ArrayHeader, members: Callable[[int], RowReader]
) -> tuple[torch.Tensor, dict[int, FaceshardsError]]:
    """The arrays out of bodies that were fetched. Raises `Odd`."""
    arrays, skip = [], len(header.raw)
    errors: dict[int, FaceshardsError] = {}
    for slot, row in enumerate(rows.tolist()):
        try:
            body = members(slot).read(row, column)
        except BAD as error:
            errors[slot], body = error, header.raw + bytes(header.size - skip)
        if len(body) != header.size or body[:skip] != header.raw:
            raise Odd
        arrays.append(memoryview(body)[skip:])
    return stacked(arrays, header), errors
