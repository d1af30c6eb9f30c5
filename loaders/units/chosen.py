"""Which unit a dataset draws: its view's own, a window, or a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from faceshards.errors import UsageError
from faceshards.loaders.arguments import function
from faceshards.loaders.units.row import Row
from faceshards.loaders.units.unit import Unit
from faceshards.loaders.units.window import Window


class UnitView(Protocol):
    """A view that makes its own units. Where it has `labels`, texts of the index that the plan shall hold, and
    `planned(plan)`, that is called once the rows are known; `settings`, plain values, are kept in checkpoints.
    """

    @property
    def columns(self) -> Sequence[str]:
        """The members that it reads."""

    def unit(self, seed: int) -> Unit:
        """What it draws."""


def checked_view(view: Any, columns: Sequence[str] | None, window: Window | None) -> Any:
    """The view. Raises UsageError for what is none, and where one that makes its own units is told what to read."""
    if not hasattr(view, "unit"):
        return function("view", view)
    told = {"columns": columns, "window": window}
    if given := [name for name, value in told.items() if value is not None]:
        raise UsageError(f"the view {type(view).__name__} says what is read: leave out {' and '.join(given)}")
    return view


def chosen(window: Window | None, columns: Sequence[str], seed: int, view: Any) -> Unit:
    """The unit. Raises UsageError as `view.unit` does."""
    if hasattr(view, "unit"):
        unit: Unit = view.unit(seed)
        return unit
    if window is None:
        return Row(columns)
    from faceshards.loaders.units.clip_window import ClipWindow  # the codecs, only where they are needed

    return ClipWindow(window, columns, seed)
