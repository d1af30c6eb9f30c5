"""Persons who have a name already: those that packing knows, each within its collection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from faceshards.dataset.clips import ShardClips

#: The scalars by which a clip names its person, and the one in which a found person stands.
COLLECTION, IDENTITY, PERSON = "collection", "identity", "person"


def named(shard: ShardClips) -> list[str | None]:
    """The person that each clip was packed with: COLLECTION/IDENTITY, as `01` of one collection is not that of
    another; IDENTITY alone where no collection is known; None where none was named.
    """
    both = zip(shard.scalars[COLLECTION], shard.scalars[IDENTITY], strict=True)
    return [_name(collection, identity) for collection, identity in both]


def _name(collection: Any, identity: Any) -> str | None:
    if not identity:
        return None
    return f"{collection}/{identity}" if collection else str(identity)


def known(shard: ShardClips) -> Sequence[str | None]:
    """The person of each clip: the one that it was packed with, else the one that was found."""
    return [own or found for own, found in zip(named(shard), shard.scalars[PERSON], strict=True)]
