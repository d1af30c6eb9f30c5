"""Where a compaction reads and where it writes: two places that have nothing in common, and the name of the result."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from faceshards.errors import UsageError
from faceshards.packing.sources.archive import readable
from faceshards.shards.storage.url import Place, Url

#: What shards are called whose sources have no folder in common.
NAME = "shards"


def check_apart(sources: Sequence[Place], target: Place) -> None:
    """Raises UsageError where the target is one of the sources, stands in one or holds one: whoever reads the outer of
    the two would meet each clip twice, and a compaction of it would read what it writes.
    """
    if target.suffix == ".tar" and not (isinstance(target, Path) and target.is_dir()):
        raise UsageError(f"{target}: new shards stand in a folder, under names of their own: name the folder")
    mine = _parts(target)
    for source in sources:
        other = _parts(source)
        if mine == other:
            raise UsageError(f"{target} is the source itself: name another folder")
        inner, outer = (target, source) if mine[: len(other)] == other else (source, target)
        if _parts(inner)[: len(_parts(outer))] == _parts(outer):
            raise UsageError(f"{inner} stands in {outer}, whose reader would meet its clips twice: name a folder apart")


def result_name(sources: Sequence[Place]) -> str:
    """What the new shards are called: as the shard, or the folder, where it is one; else as the folder that holds all
    that are named; `shards` where there is none.
    """
    parts = [_parts(one) for one in sources]
    shared = [column[0] for column in takewhile(lambda column: len(set(column)) == 1, zip(*parts, strict=False))]
    last = Path(shared[-1]).name if shared else ""
    return readable(last.removesuffix(".tar").lstrip(".")) or NAME


def _parts(place: Place) -> tuple[str, ...]:
    """The place from its root on, links followed."""
    if isinstance(place, Url):
        return (place.root, *filter(None, place.key.split("/")))
    return Path(os.path.realpath(place)).parts
