"""The columns of a batch that are decoded as a whole: arrays of one size, gathered into tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from contextlib import suppress
from typing import Protocol

import numpy as np
import torch

from faceshards.errors import FaceshardsError
from faceshards.loaders.decode.dense import ArrayHeader, Odd, gather, stacked
from faceshards.loaders.faults import BAD
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import Link


class UnitReader(Protocol):
    """What reads the members of a row: `Bodies`, or the group of rows that it was fetched with."""

    def read(self, unit: int, column: str) -> bytes | memoryview: ...


class DenseColumns:
    """Gathers the `names` columns of some bodies' plan; from a shard on this machine straight out of its mapping."""

    def __init__(self, bodies: Bodies, names: Sequence[str], link: Link) -> None:
        self.bodies, self.names, self._link = bodies, list(names), link
        self._headers: dict[str, ArrayHeader | None] = {}

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of a body of each column."""
        return {name: self.bodies.size(0, name) for name in self.names}

    def leave(self, names: Set[str]) -> None:
        """From now on these are none of them."""
        self.names = [name for name in self.names if name not in names]

    def gathered(
        self, units: np.ndarray, members: Callable[[int], UnitReader]
    ) -> tuple[dict[str, torch.Tensor], dict[int, FaceshardsError]]:
        """A tensor (n, ...) of each column of these units, and the errors of those that are bad, by their slot.
        `members` gives what reads the unit in a slot. A column whose bodies turn out to be of several kinds is left
        out.
        """
        dense: dict[str, torch.Tensor] = {}
        errors: dict[int, FaceshardsError] = {}
        for name in self.names:
            with suppress(Odd):
                header = self._header(name, units, members)
                if header is None:
                    continue
                if self._link.mapped:
                    dense[name], bad = gather(self.bodies, name, units, header)
                else:
                    dense[name], bad = _fetched(name, units, header, members)
                errors |= bad
        return dense, errors

    def _header(self, column: str, units: np.ndarray, members: Callable[[int], UnitReader]) -> ArrayHeader | None:
        """The header of the first body that is whole; None also where none is."""
        for slot, unit in enumerate(units.tolist()):
            if column in self._headers:
                break
            with suppress(*BAD):
                mapped = self._link.mapped
                body = self.bodies.view(unit, column) if mapped else members(slot).read(unit, column)
                self._headers[column] = ArrayHeader.of(body)
        return self._headers.get(column)


def _fetched(
    column: str, units: np.ndarray, header: ArrayHeader, members: Callable[[int], UnitReader]
) -> tuple[torch.Tensor, dict[int, FaceshardsError]]:
    """The arrays out of bodies that were fetched. Raises `Odd`."""
    arrays, skip = [], len(header.raw)
    errors: dict[int, FaceshardsError] = {}
    for slot, unit in enumerate(units.tolist()):
        try:
            body = members(slot).read(unit, column)
        except BAD as error:
            errors[slot], body = error, header.raw + bytes(header.size - skip)
        if len(body) != header.size or body[:skip] != header.raw:
            raise Odd
        arrays.append(memoryview(body)[skip:])
    return stacked(arrays, header), errors
