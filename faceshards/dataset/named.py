"""Persons who have a name already: those that packing knows, each within its collection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from faceshards.dataset.clips import ShardClips

#: The scalars by which a clip names its person, the video that it was cut from, and the one of a found person.
COLLECTION, IDENTITY, SOURCE_ID, PERSON = "collection", "identity", "source_id", "person"
#: All of them, which the functions below read.
NAMES = (COLLECTION, IDENTITY, SOURCE_ID, PERSON)


def named(shard: ShardClips) -> list[str | None]:
    """The person that each clip was packed with: COLLECTION/IDENTITY, as `01` of one collection is not that of
    another; IDENTITY alone where no collection is known; None where none was named, or only within a video, as VFHQ
    does: then the identity begins with the clip's own `source_id`, and the same person may stand in another video.
    """
    return [
        None if _within_a_video(identity, source) else name
        for name, identity, source in zip(
            _packed(shard), shard.scalars[IDENTITY], shard.scalars[SOURCE_ID], strict=True
        )
    ]


def known(shard: ShardClips) -> Sequence[str | None]:
    """The person of each clip: the one that it was packed with, else the one that was found, else the one within its
    video.
    """
    each = zip(named(shard), shard.scalars[PERSON], _packed(shard), strict=True)
    return [own or found or within for own, found, within in each]


def _packed(shard: ShardClips) -> list[str | None]:
    both = zip(shard.scalars[COLLECTION], shard.scalars[IDENTITY], strict=True)
    return [_name(collection, identity) for collection, identity in both]


def _within_a_video(identity: Any, source: Any) -> bool:
    return bool(source) and str(identity).startswith(str(source))


def _name(collection: Any, identity: Any) -> str | None:
    if not identity:
        return None
    return f"{collection}/{identity}" if collection else str(identity)
