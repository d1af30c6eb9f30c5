"""How clips become samples: the options of packing that decide a shard's bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from typing import Any

from faceshards.errors import UsageError
from faceshards.media.container import MAX_PIXELS
from faceshards.media.encode import CRF
from faceshards.packing.cutting.cut_rules import CutRules
from faceshards.packing.sources.archive import Limits, readable
from faceshards.shards.schema.provenance import Provenance

#: Rises when the bytes of a packed sample change for the same input and options.
VERSION = 8

# The rates of NTSC, which people write in decimals (SMPTE ST 12-1, 1000/1001 rates).
_NTSC = {"23.976": 24, "23.98": 24, "29.97": 30, "47.95": 48, "59.94": 60, "119.88": 120}


@dataclass(frozen=True)
class PackOptions:
    """Frames become H.264 at `fps` with x264's `crf` and at most `gop` frames between keyframes (None: a second).

    A clip of fewer than `min_frames` frames or of larger pictures than `max_pixels` is rejected. `identity`: a regular
    expression searched in a clip's path; its group `identity`, else its first group, else the whole match names the
    person. Where it has other groups with names, these become scalars, and `identity` alone names the person.
    `labels` stand in every sample's json: source (by default the archive's name), collection, licence, citation.
    `max_bytes` splits the output into shards of at most so many bytes. `limit`: only the first clips are packed.
    `cut` says how videos become several samples; `rendition`: the shorter side of the training copies, in pixels.
    `limits` guard against hostile archives.
    Raises UsageError for a value out of its range.
    """

    fps: Fraction = Fraction(30)
    crf: int = CRF
    gop: int | None = None
    min_frames: int = 2
    max_pixels: int = MAX_PIXELS
    identity: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    max_bytes: int | None = None
    limit: int | None = None
    limits: Limits = field(default_factory=Limits)
    cut: CutRules | None = None
    rendition: int | None = None

    def __post_init__(self) -> None:
        rules = (
            ("--fps", self.fps, 0 < self.fps <= 1000, "in (0, 1000]"),
            ("--crf", self.crf, 0 <= self.crf <= 51, "in [0, 51]"),
            ("--gop", self.gop, self.gop is None or self.gop >= 1, "at least 1"),
            ("--min-frames", self.min_frames, self.min_frames >= 1, "at least 1"),
            ("--rendition", self.rendition, self.rendition is None or 16 <= self.rendition <= 8192, "in [16, 8192]"),
            ("--max-bytes", self.max_bytes, self.max_bytes is None or self.max_bytes >= 1 << 16, "at least 64K"),
            ("--limit", self.limit, self.limit is None or self.limit >= 1, "at least 1"),
        )
        for name, value, holds, rule in rules:
            if not holds:
                raise UsageError(f"{name} must be {rule}, got {value}")
        for name, text in {"identity": self.identity or "", **self.labels}.items():
            if readable(text) != text:
                raise UsageError(f"--{name} must be text in UTF-8, got {text!r}: write it anew")
        try:
            re.compile(self.identity or "")
        except re.error as error:
            raise UsageError(f"--identity must be a regular expression, got {self.identity!r}: {error}") from error

    def made(self, frames: bool) -> Provenance:
        """What makes the columns of a clip of frames, or of a video file that is kept as it is."""
        rate = [self.fps.numerator, self.fps.denominator]
        coding = {"crf": self.crf, "gop": self.gop}
        params: dict[str, Any] = {"from": "video"}
        if frames:
            params = {"from": "frames", "fps": rate, "crf": self.crf, "gop": self.gop or max(1, int(self.fps))}
        elif self.cut:
            params = {"from": "cut", **coding, **self.cut.record()}
        if self.rendition:
            params |= {"rendition": {"side": self.rendition, **coding}}
        return Provenance("pack", VERSION, params)

    def record(self) -> dict[str, Any]:
        """All options as JSON values."""
        own = {**asdict(replace(self, cut=None)), "labels": dict(self.labels)}
        return own | {"fps": [self.fps.numerator, self.fps.denominator], "cut": self.cut and self.cut.record()}


def parse_rate(text: str) -> Fraction:
    """A frame rate: `25`, `30000/1001`, or one of NTSC's in decimals (`29.97` is 30000/1001). Raises UsageError."""
    try:
        return Fraction(_NTSC[text] * 1000, 1001) if text in _NTSC else Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(f"a frame rate must be a number or a fraction such as 30000/1001, got {text!r}") from error
