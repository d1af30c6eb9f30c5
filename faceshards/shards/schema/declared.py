"""Tables that the format begins and stages go on with: a stage's file says what its columns and scalars are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from importlib import import_module
from typing import Generic, Protocol, TypeVar


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Row = TypeVar("Row", bound=_Named)

# The one place where the ground floor knows of an upper one, by name: what stages declare is asked for when a name
# turns up that the format itself does not have.
_STAGES = "faceshards.curation.table"


class Declared(Mapping[str, Row], Generic[Row]):
    """Name -> row: the format's own rows, then those that stages declare under `attribute`, in the stages' order."""

    def __init__(self, own: Iterable[Row], attribute: str) -> None:
        self._own = {row.name: row for row in own}
        self._attribute = attribute

    @property
    def own(self) -> Mapping[str, Row]:
        """The rows of the format itself."""
        return self._own

    @cached_property
    def _all(self) -> dict[str, Row]:
        stages = import_module(_STAGES).stage_table().values()
        return self._own | {row.name: row for stage in stages for row in getattr(stage, self._attribute)}

    def __getitem__(self, name: str) -> Row:
        return self._own[name] if name in self._own else self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)
