"""Which rows of a list of spans speak of which video."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from faceshards.packing.cutting.span_list import SpanList, SpanRow
from faceshards.packing.sources.clip_list import RawClip


def named_rows(spans: SpanList, clips: Sequence[RawClip]) -> tuple[dict[str, list[SpanRow]], dict[str, list[str]]]:
    """Name of a video's entry -> its rows, in the order of the list; and what there is to say of the other rows, which
    may speak of another source: what -> the rows.

    A video answers to its path in the source, to its name and to the last part of its path, with the suffix or without;
    not to what another answers to as well.
    """
    answers = Counter(name for clip in clips for name in _names(clip))
    videos = {name: clip.entries[0].name for clip in clips for name in _names(clip) if answers[name] == 1}
    videos |= {clip.entries[0].name: clip.entries[0].name for clip in clips}
    found: dict[str, list[SpanRow]] = {}
    remarks: dict[str, list[str]] = {}
    for row in spans.rows:
        if row.name in videos:
            found.setdefault(videos[row.name], []).append(row)
            continue
        what = "spans of several videos" if answers[row.name] else "spans of no video"
        said = f"row {row.number}: {row.fault or row.name}"
        remarks.setdefault("broken spans" if row.fault else what, []).append(said)
    return found, remarks


def _names(clip: RawClip) -> set[str]:
    suffix = clip.entries[0].name.removeprefix(clip.path)
    plain = {clip.path, clip.name, clip.path.rpartition("/")[2]}
    return plain | {name + suffix for name in plain}
