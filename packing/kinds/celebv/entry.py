"""An entry of the collections' info file, and a clip's name, as facts.

The files as the makers' READMEs and scripts have them: CelebV-HQ's `celebvhq_info.json` with `meta_info` (names of the
attributes) and `clips`; CelebV-Text's `celebvtext_info.json` with `clips`, `clips_set1` and `clips_set2`, or with the
entries at the top, by the names of the files. Boxes are shares of the picture, or (CelebV-Text's first version) pixels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from faceshards.packing.annotations.crop import crop_facts

# YouTube's id, the clip's number, CelebV-Text also the person's number there.
_NAME = re.compile(r"(?P<video>[A-Za-z0-9_-]{11})_[0-9]+(_[0-9]+)?")


def named_facts(path: str) -> dict[str, Any] | None:
    """`source_id` of a clip that is named `YOUTUBEID_NUMBER`, else None."""
    found = _NAME.fullmatch(path.rpartition("/")[2])
    return {"source_id": found["video"]} if found else None


def entry_facts(entry: Mapping[str, Any], head: Any) -> dict[str, Any]:
    """Facts of an entry: the video, its span in seconds, the box, and the attributes by their names
    (`appearance_Young`, `action_talk`: 1 or 0; `emotion`: its label, or the labels in order). Raises ValueError where
    one is not as it should be.
    """
    try:
        return {
            "source_id": _text(entry["ytb_id"]),
            **_span(entry["duration"]),
            **crop_facts(*(entry["bbox"][side] for side in ("left", "top", "right", "bottom"))),
            **_attributes(entry.get("attributes", {}), (head or {}).get("meta_info", {})),
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"lacks {error}" if isinstance(error, KeyError) else str(error)) from error


def _span(duration: Mapping[str, Any]) -> dict[str, float]:
    """Seconds; CelebV-Text's README calls them `start_frame` and `end_frame` once, and means seconds, too."""
    start = duration["start_sec" if "start_sec" in duration else "start_frame"]
    end = duration["end_sec" if "end_sec" in duration else "end_frame"]
    if not 0 <= start < end:
        raise ValueError(f"the span {start} to {end} has no length")
    return {"source_start": float(start), "source_end": float(end)}


def _attributes(attributes: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for group in ("appearance", "action"):
        values, called = attributes.get(group, []), names.get(f"{group}_mapping", [])
        if len(values) != len(called):
            raise ValueError(f"{len(values)} values of {group}, meta_info names {len(called)}")
        facts |= {f"{group}_{_key(name)}": int(value) for name, value in zip(called, values, strict=True)}
    emotion = attributes.get("emotion", {}).get("labels")
    if isinstance(emotion, list):
        emotion = ", ".join(_text(one["emotion"]) for one in emotion)
    return {**facts, **({"emotion": _text(emotion)} if emotion else {})}


@lru_cache(maxsize=4096)
def _key(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value
