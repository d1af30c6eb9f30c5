"""Which spans of a long clip become samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from faceshards.errors import ClipError
from faceshards.media.cutting.excerpt import SLACK
from faceshards.media.cutting.reel import Reel
from faceshards.media.video.chunks import painted
from faceshards.media.video.shots import ShotFinder
from faceshards.packing.cutting.cut_rules import SHOTS, CutRules
from faceshards.packing.cutting.span_list import SpanRow

#: Key of the json in which the stage `speech` names its spans, [start, end] in seconds.
SPEECH_SPANS = "speech_spans"


@dataclass(frozen=True)
class Asked:
    """A span that is asked for, in seconds from the clip's first picture on, and what is known of it. One with a
    `fault` is rejected for it.
    """

    start: float
    end: float
    facts: Mapping[str, Any] = field(default_factory=dict)
    fault: str | None = None


def spans_of(reel: Reel, rules: CutRules, rows: list[SpanRow], beside: Mapping[str, Any]) -> tuple[list[Asked], int]:
    """The spans of a clip by the rules, in their order, and how many were too short for them.

    `rows`: those of the list that name it; `beside`: what the json beside it says. Raises ClipError `no-speech`,
    `bad-column`, `too-large`.
    """
    if rules.spans is not None:
        return _listed(rules, rows, reel.seconds)
    if rules.every is not None:
        found = _even(reel, rules.every)
    else:
        found = _shots(reel) if rules.by == SHOTS else _speech(beside)
    fitting, short = rules.fitted(found, reel.seconds)
    return [Asked(*span) for span in fitting], short


def _even(reel: Reel, every: float) -> list[tuple[float, float]]:
    """Spans of so many seconds, those in which no picture begins left out (a clock may leap by years)."""
    numbers = np.unique(np.floor((reel.line.times + SLACK) / every)).tolist()
    return [(number * every, min((number + 1) * every, reel.seconds)) for number in numbers]


def _listed(rules: CutRules, rows: list[SpanRow], seconds: float) -> tuple[list[Asked], int]:
    asked, short = [], 0
    for row in rows:
        if row.fault:
            asked.append(Asked(row.start, row.end, row.facts, f"row {row.number}: {row.fault}"))
            continue
        fitting, left_out = rules.fitted([(row.start, row.end)], seconds)
        asked += [Asked(*span, row.facts) for span in fitting]
        short += left_out
    return asked, short


def _shots(reel: Reel) -> list[tuple[float, float]]:
    """Every picture is decoded once; a few are in memory."""
    finder = ShotFinder(reel.rate)
    cuts: list[int] = []
    for pictures in painted(reel.all_pictures(), None, reel.media.get("rotation", 0), 32):
        cuts += finder.add(pictures)
    cuts += finder.rest()
    return list(pairwise([0.0, *(reel.line.at(number) for number in cuts), reel.seconds]))


def _speech(facts: Mapping[str, Any]) -> list[tuple[float, float]]:
    spans = facts.get(SPEECH_SPANS)
    if not isinstance(spans, list) or not all(_is_span(one) for one in spans):
        rule = "pack the whole video, run faceshards curate --stages speech, and cut that shard"
        raise ClipError("bad-column", f"no json with {SPEECH_SPANS} stands beside the video: {rule}")
    if not spans:
        raise ClipError("no-speech", f"nobody speaks: its {SPEECH_SPANS} are empty")
    return [(float(start), float(end)) for start, end in spans]


def _is_span(value: object) -> bool:
    if not (isinstance(value, list) and len(value) == 2 and all(type(one) in (int, float) for one in value)):
        return False
    return 0 <= value[0] < value[1] < float("inf")
