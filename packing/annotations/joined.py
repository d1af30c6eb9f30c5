"""Clips with what an annotation file says of them, and word of what did not fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from faceshards.packing.annotations.annotation_file import AnnotationFile, AnnotationRow
from faceshards.packing.sources.clip_list import ClipList, RawClip
from faceshards.shards.schema.scalars import FAILED, NESTED, SCALARS

#: Scalars of the format that an annotation may give under their own names; others that packing makes it may not.
GIVEN = frozenset(
    {"source", "collection", "licence", "citation", "identity", "source_id", "source_start", "source_end", "emotion"}
)

#: What the report calls annotations of other clips than those of the source.
UNUSED = "annotations of no clip"

#: What a row says of its clip, as facts of the json.
RowFacts = Callable[[AnnotationRow], Mapping[str, Any]]


def joined(listed: ClipList, file: AnnotationFile, facts: RowFacts | None = None) -> ClipList:
    """The clips with the facts of their rows: those of `facts`, by default every column; and of all, whence they came.

    A row names its clip by the path in the source, by the part below the folder that all clips share, or by the last
    part where no other clip has it; each with or without the suffix.
    """
    facts = facts or row_facts
    last = Counter(name for clip in listed.clips for name in set(_last(clip)))
    clips, used, without = [], set(), []
    for clip in listed.clips:
        names = [*_names(clip), *(name for name in _last(clip) if last[name] == 1)]
        row = next((file.rows[name] for name in names if name in file.rows), None)
        if row is None:
            without.append(clip.name)
            clips.append(clip)
            continue
        used.add(row.key)
        clips.append(replace(clip, facts={**clip.facts, **facts(row), "annotation": file.origin(row)}))
    remarks = {
        "clips without an annotation": without,
        UNUSED: [key for key in file.rows if key not in used],
        "broken annotations": file.broken,
    }
    return replace(
        listed, clips=clips, remarks={**listed.remarks, **{what: all_ for what, all_ in remarks.items() if all_}}
    )


def row_facts(row: AnnotationRow) -> dict[str, Any]:
    """Every column as a fact of its name."""
    return {fact_name(name): told(name, value) for name, value in row.facts.items()}


def fact_name(name: str) -> str:
    """The key of the json for a column: `annotated_NAME` where the format has a meaning of its own for the name."""
    taken = name in SCALARS or name in NESTED or name in (FAILED, "legacy", "face_points")
    return f"annotated_{name}" if taken and name not in GIVEN else name


def told(name: str, value: Any) -> Any:
    """A value in the type of the format's scalar of this name, where it fits: a person may well be called 7, and
    where a clip begins in a name is a number.
    """
    if name not in GIVEN:
        return value
    if str(SCALARS[name].type) == "string":
        return str(value) if isinstance(value, (int, float)) else value
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


def _names(clip: RawClip) -> Iterator[str]:
    suffix = _suffix(clip)
    for name in (clip.path, clip.name):
        yield from (name + suffix, name) if suffix else (name,)


def _last(clip: RawClip) -> list[str]:
    last = clip.path.rpartition("/")[2]
    return [last + _suffix(clip), last] if _suffix(clip) else [last]


def _suffix(clip: RawClip) -> str:
    return "" if clip.frames or not clip.entries else clip.entries[0].name[len(clip.path) :]
