"""Where videos are cut: `--cut shots|speech|10s|spans.csv`, and how long a cut may be."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from faceshards.errors import ClipError, UsageError
from faceshards.media.video.shots import LEAST, THRESHOLD
from faceshards.packing.cutting.span_list import SpanList

SHOTS, SPEECH = "shots", "speech"
_LENGTH = re.compile(r"([0-9]+(?:\.[0-9]+)?)s")
_LONGEST = 86400.0
#: Most parts of one span.
MOST_PARTS = 100_000


@dataclass(frozen=True)
class CutRules:
    """`by`: shots, speech, or nothing where every `every` seconds begin a cut or a `spans` list names the cuts.

    Spans of less than `least` seconds are left out, those of more than `most` are divided into equal parts. `exact`:
    nothing is copied beside a cut.
    """

    by: str = ""
    every: float | None = None
    spans: SpanList | None = None
    least: float = 0.0
    most: float | None = None
    exact: bool = False

    @classmethod
    def of(cls, text: str, least: float = 0.0, most: float | None = None, exact: bool = False) -> CutRules:
        """By what the command line says. Raises UsageError; ModuleNotFoundError for `shots` without PySceneDetect."""
        for name, value in (("--min-seconds", least), ("--max-seconds", math.inf if most is None else most)):
            if not value >= 0 or (name == "--max-seconds" and not value > least):
                raise UsageError(f"{name} must be above 0, and the longest above the shortest, got {value:g}")
        length = _LENGTH.fullmatch(text)
        if length:
            every = float(length[1])
            if not 0 < every <= _LONGEST:
                raise UsageError(f"--cut must be above 0 and at most {_LONGEST:g} seconds, got {text!r}")
            return cls("", every, None, least, most, exact)
        if text in (SHOTS, SPEECH):
            if text == SHOTS:
                import_module("scenedetect")  # now, not after the first decoding
            return cls(text, None, None, least, most, exact)
        if text.lower().endswith(".csv"):
            return cls("", None, SpanList(Path(text)), least, most, exact)
        raise UsageError(f"--cut must be shots, speech, a length such as 10s, or a file NAME.csv, got {text!r}")

    def record(self) -> dict[str, Any]:
        """What decides where is cut, as JSON values."""
        limits = {"least": self.least, "most": self.most, "exact": self.exact}
        if self.spans is not None:
            return {"spans": self.spans.digest, **limits}
        if self.every is not None:
            return {"every": self.every, **limits}
        return {"by": self.by, **limits} | ({"threshold": THRESHOLD, "frames": LEAST} if self.by == SHOTS else {})

    def fitted(self, spans: Sequence[tuple[float, float]], seconds: float) -> tuple[list[tuple[float, float]], int]:
        """The spans of fitting length within a video of so many `seconds`, and how many were too short.

        Raises ClipError `too-large` where one makes more than `MOST_PARTS`.
        """
        long = [span for span in spans if span[1] - span[0] >= self.least]
        return [part for span in long for part in self._parts(*span, seconds)], len(spans) - len(long)

    def _parts(self, start: float, end: float, seconds: float) -> list[tuple[float, float]]:
        if self.most is None:
            return [(start, end)]
        end = max(min(end, seconds), start)
        count = math.ceil((end - start) / self.most - 1e-9) if end > start else 1
        if count > MOST_PARTS:
            rule = f"makes {count} cuts of {self.most:g} s, the limit is {MOST_PARTS}: --max-seconds"
            raise ClipError("too-large", f"the span from {start:g} to {end:g} s {rule}")
        return list(pairwise([start + (end - start) * number / count for number in range(count + 1)]))
