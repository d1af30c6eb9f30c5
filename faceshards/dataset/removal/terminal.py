"""A removal as a terminal shows it, and as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from faceshards.dataset.removal.affected import Affected
from faceshards.dataset.removal.remover import Removal
from faceshards.shards.storage.url import Place
from faceshards.terminal import Screen, new_table, plain, shard_names, titled

# Affected samples that are listed on a terminal; --json has all.
_LISTED = 20


def show(removal: Removal, command: str, as_json: bool, is_plan: bool) -> None:
    """Says what went, what was made with it, and what is left; `command` takes that back, too."""
    say(_lines(removal, command, is_plan), removal.errors, removal.record() if as_json else None)


def say(lines: Iterable[RenderableType], errors: Mapping[Place, str], record: Mapping[str, Any] | None) -> None:
    """Prints lines, then by shard why it stands as it was; with a `record` this is one object on stdout, and all else
    goes to stderr.
    """
    screen = Screen(stderr=record is not None, highlight=False)
    for line in lines:
        screen.print(line, soft_wrap=True)
    for place, error in errors.items():
        named = "" if str(place) in error else f"{place}: "
        Screen(stderr=True, highlight=False).print(plain(f"{named}{error}", "red"), soft_wrap=True)
    if record is not None:
        Screen(highlight=False).print(json.dumps(record), soft_wrap=True, markup=False)


def _lines(removal: Removal, command: str, is_plan: bool) -> Iterator[RenderableType]:
    rows = {place: one.rows for place, one in removal.requested.items() if one.rows} if is_plan else removal.removed
    if rows:
        folder, names = shard_names(list(rows))
        table = new_table(titled("To remove" if is_plan else "Removed", folder), "shard...", "samples#", "rows...")
        for name, mine in zip(names, rows.values(), strict=True):
            shown = ", ".join(map(str, mine[:_LISTED])) + (", ..." if len(mine) > _LISTED else "")
            table.add_row(plain(name), str(len(mine)), shown)
        yield table
    if removal.gone and not removal.rows:
        rest = "" if removal.undone or removal.swept or is_plan else ", nothing was done"
        yield plain(f"already removed: {removal.gone} row(s) of this request are tombstones{rest}")
    for line in removal.swept:
        yield plain(line, "dim")
    if removal.affected:
        yield from _affected(removal, command, is_plan)
    for file in removal.left:
        yield plain(f"{file} is no shard, and may hold any clip: delete it, or restore it and run again", "yellow")
    if is_plan:
        yield plain("nothing was changed: leave --plan out to remove them")


def _affected(removal: Removal, command: str, is_plan: bool) -> Iterator[RenderableType]:
    undone = bool(removal.undone)
    title = "Made with them, and taken back" if undone else "Made with them, and still there"
    table = new_table(title, "shard...", "sample...", "stages...", "columns...")
    for one in removal.affected[:_LISTED]:
        table.add_row(*map(plain, (Path(str(one.shard)).name, one.key, ", ".join(one.stages), ", ".join(one.columns))))
    yield table
    if len(removal.affected) > _LISTED:
        yield plain(f"and {len(removal.affected) - _LISTED} more: --json lists all")
    if undone:
        yield plain(f"`faceshards curate` makes them anew of other clips: --stages {','.join(_stages(removal.undone))}")
    elif not is_plan:
        yield plain(
            f"{len(removal.affected)} sample(s) were made with what was removed; this takes it back: {command}",
            "yellow",
        )


def _stages(affected: Sequence[Affected]) -> list[str]:
    return sorted({stage for one in affected for stage in one.stages})
