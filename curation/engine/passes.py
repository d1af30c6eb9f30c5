"""How often a clip is decoded: a stage that looks at the pictures with a column in hand that other stages make of the
same pictures needs them once more, unless all of them may be held.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from faceshards.curation.engine.need import Frames, Live, Made
from faceshards.curation.engine.stage import Stage

# Bytes of the pictures of a clip that is short enough to be held whole.
_HELD = 64 << 20


def passes(stages: Sequence[Stage[Any]], facts: Mapping[str, Any]) -> list[list[Stage[Any]]]:
    """The stages of each pass, in their order, in which each finds what it needs; `facts` is the clip's json."""
    if _fits(facts):
        return [list(stages)]
    makers = {column: stage.name for stage in stages for column in stage.columns}
    numbers: dict[str, int] = {}
    looked: dict[str, bool] = {}
    for stage in stages:
        made = [makers[need.column] for need in stage.needs() if isinstance(need, Made) and need.column in makers]
        live = [makers[need.column] for need in stage.needs() if isinstance(need, Live) and need.column in makers]
        looks = any(isinstance(need, Frames) for need in stage.needs())
        behind = [numbers[name] + (looks and looked[name]) for name in made]
        numbers[stage.name] = max([0, *behind, *(numbers[name] for name in live)])
        looked[stage.name] = looks or any(looked[name] for name in [*made, *live])
    found: list[list[Stage[Any]]] = [[] for _ in range(max(numbers.values(), default=0) + 1)]
    for stage in stages:
        found[numbers[stage.name]].append(stage)
    return found


def _fits(facts: Mapping[str, Any]) -> bool:
    """Whether the pictures of a clip may all be held: their number and size are known, and small."""
    sides = [facts.get(name) for name in ("frames", "height", "width")]
    return all(isinstance(side, int) for side in sides) and 3 * math.prod(map(int, sides)) <= _HELD  # type: ignore[arg-type]
