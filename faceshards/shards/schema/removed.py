"""A tombstone: the row of a sample whose bytes were removed on request. It keeps its number, and nothing of the clip.

Its json holds `removed`, the reason, and of every other column that there is nothing (`n/a`): no name, no facts, no
word of what made it. Whoever reads samples leaves it out; `index.standing` tells which rows are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: The key of the json that makes a tombstone, and the scalar of the index that tells it: the reason, a text.
REMOVED = "removed"


def tombstone(reason: str) -> dict[str, Any]:
    """The facts of a removed sample; the writer adds the states of its columns."""
    return {REMOVED: reason}


def is_removed(facts: Mapping[str, Any]) -> bool:
    """Whether this is the json of a tombstone."""
    return isinstance(facts.get(REMOVED), str)
