"""Which clips a page shows: few, and together they cover every source, identity and reason of failure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def covering(features: Sequence[frozenset[Hashable]], most: int) -> list[int]:
    """At most `most` places of `features`, ascending, chosen greedily so that they cover as many features as possible.

    A tie goes to the earlier one. When all features are covered, the rest are spread evenly over what is left.
    """
    first: dict[frozenset[Hashable], int] = {}
    for place, one in enumerate(features):
        first.setdefault(one, place)
    chosen: list[int] = []
    covered: set[Hashable] = set()
    while len(chosen) < most and first:
        best = max(first, key=lambda one: (len(one - covered), -first[one]))
        if not best - covered:
            break
        chosen.append(first.pop(best))
        covered |= best
    rest = sorted(set(range(len(features))) - set(chosen))
    room = min(most - len(chosen), len(rest))
    chosen += [rest[place * len(rest) // room] for place in range(room)]
    return sorted(chosen)
