"""One measured figure, its target, and the peers beside it; printed for people and for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.markup import escape
from rich.table import Table

from faceshards.bench.race import Times
from faceshards.terminal import Screen


@dataclass(frozen=True)
class Figure:
    """A figure. `target` is "at least" (`>= 10`) or "at most" (`<= 1.1`), None for one that only informs.

    `peers`: the peers' own values in `peer_unit`, ours among them; `call` shows how a peer was called.
    """

    work: str
    value: float
    unit: str
    target: tuple[str, float] | None = None
    best: float | None = None
    peers: dict[str, float] = field(default_factory=dict)
    call: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        word, limit = self.target
        return self.value >= limit if word == ">=" else self.value <= limit

    def record(self) -> dict[str, Any]:
        """The figure as JSON."""
        target = "" if self.target is None else f"{self.target[0]} {self.target[1]:g}"
        named = {"work": self.work, "value": self.value, "unit": self.unit, "target": target, "holds": self.holds}
        return {**named, "best": self.best, "peers": self.peers}


def ratio(
    work: str, times: dict[str, Times], peer: str, least: float, call: str = "", ours: str = "faceshards"
) -> Figure:
    """How many times faster than a peer: of the medians, and of the best runs."""
    value, best = times[peer].median / times[ours].median, times[peer].best / times[ours].best
    peers = {f"{name} s": one.median for name, one in times.items()}
    return Figure(work, value, f"x {peer}", (">=", least), best, peers, call)


def show(figures: Sequence[Figure], as_json: bool) -> None:
    """Prints the figures: a table, or one JSON object."""
    if as_json:
        sys.stdout.write(json.dumps({"rows": [figure.record() for figure in figures]}) + "\n")
        return
    table = Table("work", "figure", "best", "target", "", "seconds (medians) and other values", show_lines=False)
    for figure in figures:
        holds = {True: "[green]holds", False: "[red]falls short", None: ""}[figure.holds]
        target = (
            ""
            if figure.target is None
            else f"{'at least' if figure.target[0] == '>=' else 'at most'} {figure.target[1]:g}"
        )
        peers = ", ".join(f"{name} {value:.4g}" for name, value in figure.peers.items())
        best = "" if figure.best is None else f"{figure.best:.3g}"
        table.add_row(escape(figure.work), f"{figure.value:.3g} {figure.unit}", best, target, holds, escape(peers))
    console = Screen()
    console.print(table)
    for call in dict.fromkeys(figure.call for figure in figures if figure.call):
        console.print(f"  {call}", highlight=False, markup=False, soft_wrap=True)
