"""What can still be read of a front record that is broken: the generation, and the provenance records that hold.

Nothing of it is believed on its own word. A generation counts where the members that were found hash to it; a
provenance record where it hashes to the fingerprint under which it stands.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass

from faceshards.errors import FaceshardsError
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.tar.front import MAX_BODY, Front, front_size, read_front
from faceshards.shards.tar.header import BLOCK

_GENERATION = re.compile(rb"FACESHARDS\.generation=([0-9a-f]{32})\n")
_PROVENANCE = re.compile(rb"FACESHARDS\.provenance=")


@dataclass(frozen=True)
class FrontTraces:
    """`front` where the record is whole. Else what is left: `generation` as it reads, the `provenance` records that
    hold, and whether those are all of them.
    """

    front: Front | None
    generation: str | None
    provenance: tuple[Provenance, ...]
    provenance_whole: bool


def front_traces(data: memoryview) -> FrontTraces:
    """Reads the beginning of a tar that may be damaged."""
    front = readable_front(data)
    if front:
        made = tuple(Provenance.of(record) for record in front.provenance.values())
        return FrontTraces(front, front.generation, made, True)
    start = bytes(data[: BLOCK + MAX_BODY])
    generation = _GENERATION.search(start)
    made, whole = _holding(start)
    return FrontTraces(None, generation[1].decode() if generation else None, made, whole)


def readable_front(data: memoryview) -> Front | None:
    """The front record, where it is there and holds its check."""
    try:
        return read_front(bytes(data[: front_size(bytes(data[:BLOCK]))]))[0]
    except FaceshardsError:
        return None


def _holding(start: bytes) -> tuple[tuple[Provenance, ...], bool]:
    """The provenance records that have their fingerprint, and whether all have."""
    place = _PROVENANCE.search(start)
    if place is None:
        return (), False
    try:
        text = start[place.end() : start.find(b"\n", place.end())].decode("utf-8")
        records = json.loads(text)
        pairs = list(records.items())
    except (ValueError, AttributeError, RecursionError):
        return (), False
    made = []
    for fingerprint, record in pairs:
        with suppress(FaceshardsError):
            one = Provenance.of(record)
            made += [one] if one.fingerprint == fingerprint else []
    return tuple(made), len(made) == len(pairs)
