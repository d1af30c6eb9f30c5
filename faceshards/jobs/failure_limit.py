"""How many clips may fail before a run is ended: something is wrong with more than the clips."""

from __future__ import annotations

from dataclasses import dataclass

from faceshards.errors import UsageError

#: A share is looked at once so many clips are done.
ENOUGH = 100


@dataclass(frozen=True)
class FailureLimit:
    """At most `most` clips, or with `share` that part of those that are done."""

    most: float
    share: bool = False

    @classmethod
    def of(cls, text: str) -> FailureLimit:
        """From a count (20), a share (0.05) or percent (5%). Raises UsageError."""
        try:
            value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            value = -1.0
        share = text.endswith("%") or "." in text
        if not 0 <= value < float("inf") or (share and value > 1) or (not share and value % 1):
            raise UsageError(f"--max-failures takes a count (20), a share (0.05) or percent (5%), got {text!r}")
        return cls(value, share)

    def passed(self, failed: int, done: int) -> bool:
        """Whether more has failed than may, of so many clips that are done."""
        return failed > self.most * done and done >= ENOUGH if self.share else failed > self.most

    def said(self, failed: int, done: int) -> str:
        """Why the run ends."""
        limit = f"{self.most:.3g} of them" if self.share else f"{self.most:g}"
        return (
            f"{failed} of {done} clips failed, --max-failures allows {limit}: what is finished is kept, "
            "mend the cause and run again"
        )
