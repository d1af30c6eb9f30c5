"""Which rows of a list of spans speak of which video."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from faceshards.packing.cutting.span_list import SpanList, SpanRow
from faceshards.packing.sources.archive import EntryFault, shown
from faceshards.packing.sources.clip_list import RawClip


def named_rows(spans: SpanList, clips: Sequence[RawClip]) -> tuple[dict[str, list[SpanRow]], list[RawClip]]:
    """Name of a video's entry -> its rows, in the order of the list; and each row that speaks of none, as a clip with a
    fault.

    A video answers to its path in the source, to its name and to the last part of its path, with the suffix or without;
    not to what another answers to as well.
    """
    answers = Counter(name for clip in clips for name in _names(clip))
    videos = {name: clip.entries[0].name for clip in clips for name in _names(clip) if answers[name] == 1}
    videos |= {clip.entries[0].name: clip.entries[0].name for clip in clips}
    found: dict[str, list[SpanRow]] = {}
    lost = []
    for row in spans.rows:
        if row.name in videos:
            found.setdefault(videos[row.name], []).append(row)
            continue
        which = "several videos" if answers[row.name] else "no video"
        reason = row.fault or f"{shown(row.name)} is {which} of this source"
        name = f"{spans.path.name} row {row.number}"
        lost.append(RawClip(name, name, "", False, (), EntryFault("bad-row", f"row {row.number}: {reason}")))
    return found, lost


def _names(clip: RawClip) -> set[str]:
    suffix = clip.entries[0].name.removeprefix(clip.path)
    plain = {clip.path, clip.name, clip.path.rpartition("/")[2]}
    return plain | {name + suffix for name in plain}
