"""Which clips a page shows: few, and together they cover every source, identity and reason of failure."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Sequence


def covering(features: Sequence[frozenset[Hashable]], most: int) -> list[int]:
    """At most `most` places of `features`, ascending, chosen greedily so that they cover as many features as possible.

    A tie goes to the earlier one; of those with the same features the n-th chosen is the n-th, not always the first.
    When all features are covered, the rest are spread evenly over what is left.
    """
    alike: dict[frozenset[Hashable], list[int]] = {}
    for place, one in enumerate(features):
        alike.setdefault(one, []).append(place)
    # What one adds only shrinks as others are chosen: a count that still holds when it comes up is the greatest.
    waiting = [(-len(one), places[0], one) for one, places in alike.items()]
    heapq.heapify(waiting)
    chosen: list[int] = []
    covered: set[Hashable] = set()
    while len(chosen) < most and waiting:
        added, place, one = heapq.heappop(waiting)
        adds = len(one - covered)
        if adds and adds == -added:
            chosen.append(alike[one][len(chosen) % len(alike[one])])
            covered |= one
        elif adds:
            heapq.heappush(waiting, (-adds, place, one))
    taken = set(chosen)
    rest = [place for place in range(len(features)) if place not in taken]
    room = min(most - len(chosen), len(rest))
    chosen += [rest[place * len(rest) // room] for place in range(room)]
    return sorted(chosen)
