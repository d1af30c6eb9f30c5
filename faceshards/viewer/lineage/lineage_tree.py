"""A lineage as a tree in the terminal. Names, reasons and parameters come from data: they are shown as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from faceshards.shards.filters.candidates import made_by
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.removed import REMOVED
from faceshards.shards.schema.scalars import SCALARS
from faceshards.shards.schema.states import DONE, FAILED, NOT_APPLICABLE, NOT_YET, STATES
from faceshards.terminal import new_table, plain, size
from faceshards.viewer.lineage.lineage import Ancestor, Lineage, MemberRead
from faceshards.viewer.summary.failures import brief

_STYLES = {DONE: "green", FAILED: "bold red", NOT_APPLICABLE: "yellow", NOT_YET: "dim"}


def lineage_tree(lineage: Lineage) -> Tree:
    """What it is, its state, where it stands, and what made it, down to the clip that was packed."""
    tree = Tree(
        _joined(plain(lineage.column, "bold"), plain(f" of {_named(lineage)}, row {lineage.row} of {lineage.shard}"))
    )
    if lineage.what:
        tree.add(_line("what", brief(lineage.what)))
    tree.add(_joined(_line("state", lineage.state, _STYLES[lineage.state]), plain(_because(lineage))))
    if lineage.place:
        tree.add(_line("member", _placed(lineage.place)))
    elif lineage.value is not None:
        tree.add(_line("value", _said(lineage.value)))
    if lineage.made is not None:
        _add(tree, lineage.made, "made by", lineage.clip)
    elif lineage.state == DONE:
        tree.add(_line("made by", "somebody: the shard does not say who", "dim"))
    return tree


def lineages_table(lineages: Iterable[Lineage]) -> Table:
    """The columns and scores of one sample, a row each."""
    rows = list(lineages)
    title = f"{_named(rows[0])}, row {rows[0].row} of {rows[0].shard}" if rows else ""
    table = new_table(title, "column or score...", "state", "size#", "made by", "why...")
    for one in rows:
        made = one.made.made if one.made else None
        table.add_row(
            plain(one.column),
            plain(one.state, _STYLES[one.state]),
            size(one.place[1]) if one.place else "",
            plain(f"{made.stage} v{made.version}" if made else ""),
            plain(_failure(one), "dim"),
        )
    return table


def _named(lineage: Lineage) -> str:
    return f"{lineage.key} ({lineage.name})" if lineage.name not in ("", lineage.key) else lineage.key


def _failure(lineage: Lineage) -> str:
    if lineage.failure:
        return f"{lineage.failure['code']}: {lineage.failure['reason']}"
    return "" if lineage.state in (DONE, NOT_YET) else _because(lineage).removeprefix(": ")


def _because(lineage: Lineage) -> str:
    """Why there is no value; nothing where there is one."""
    if lineage.failure:
        return f": {lineage.failure['stage']}: {_failure(lineage)}"
    if REMOVED in lineage.clip and lineage.state != DONE:
        return f": the sample was removed: {lineage.clip[REMOVED]}"
    if lineage.state == NOT_YET and (lineage.column in COLUMNS or lineage.column in SCALARS):
        return f": {made_by([lineage.column])}"
    return "" if lineage.state == DONE else f": {STATES[lineage.state].partition(':')[0]}"


def _placed(place: tuple[int, int, int | None]) -> str:
    offset, length, crc = place
    held = "no checksum, as in any foreign tar" if crc is None else f"crc32c {crc:08x}"
    return f"{length:,} bytes at byte {offset:,} of the shard, {held}"


def _add(tree: Tree, one: Ancestor, word: str, clip: Mapping[str, str]) -> None:
    """One making below what it made."""
    if one.made is None:
        tree.add(_line(word, f"{one.fingerprint}, which this shard does not know", "yellow"))
        return
    made = _line(word, f"{one.made.stage} v{one.made.version}", "cyan")
    branch = tree.add(_joined(made, plain(f" {one.fingerprint}", "dim")))
    if one.rest:
        branch.add(plain(one.rest, "dim"))
        return
    for name, value in one.made.params.items():
        branch.add(_line("parameter", f"{name} = {_said(value)}"))
    for name, digest in one.made.models.items():
        branch.add(_line("model", f"{name} sha256 {digest}"))
    for read in one.read:
        branch.add(_read(read))
    for parent in one.parents:
        _add(branch, parent, _from(parent.columns), clip)
    if not one.parents and clip:  # the first making: what it began with
        branch.add(_line("clip", ", ".join(f"{name} {told}" for name, told in clip.items())))


def _from(columns: Mapping[str, str]) -> str:
    """Of what a parent made, what this sample still has of it."""
    if not columns:
        return "from what was made anew since, first by"
    told = [name if state == DONE else f"{name} ({state})" for name, state in columns.items()]
    return f"from {', '.join(told)}, made by"


def _read(one: MemberRead) -> Text:
    stands = ("as it stands here", "green") if one.matches else ("which is not the one that stands here", "bold red")
    return _joined(_line("read", f"{one.member}: {one.size:,} bytes, crc32c {one.crc32c:08x}, "), plain(*stands))


def _line(word: str, text: str, style: str = "") -> Text:
    return _joined(plain(f"{word} ", "dim"), plain(text, style))


def _joined(*parts: Text) -> Text:
    """Parts that keep their own styles."""
    return Text.assemble(*parts)


def _said(value: Any) -> str:
    return brief(json.dumps(value, ensure_ascii=False))
