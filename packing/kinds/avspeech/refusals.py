"""What a site's refusal of a video means: whether it stays, or may be over tomorrow."""

from __future__ import annotations

import re

from faceshards.errors import ClipError
from faceshards.packing.sources.archive import readable
from faceshards.secrets import masked

#: Kinds of refusal that stay: removed, private or for members, closed to this country or to viewers of unknown age, a
#: list of videos. A video that is refused so is not asked for again unless that is wanted.
KINDS = ("removed", "private", "region", "age", "playlist")

# In this order: what passes first, because sites word it as if it were for good.
_WORDS = (
    (None, r"not a bot|try again|too many requests|rate.?limit|premieres? in|live event|timed? ?out|timeout"),
    (None, r"format is not available|no video formats"),  # a part that yt-dlp lacks, as often as not
    ("age", r"confirm your age|age.restricted|inappropriate for some users"),
    ("private", r"private video|is private|members.only|join this channel"),
    ("region", r"in your country|in your location|geo.?restrict"),
    ("removed", r"removed|deleted|terminated|no longer available|does(n't| not) exist"),
    ("removed", r"video (is )?(unavailable|not available)"),
)
_STATUS = {404: "removed", 410: "removed", 451: "region"}
_PREFIX = re.compile(r"\x1b\[[0-9;]*m|^ERROR: |^\[[^\]]*\] |^[A-Za-z0-9_-]{11}: ")


class Refusal(ClipError):
    """A video is refused for good: `kind` is one of `KINDS`, `reason` is the site's."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__("gone", f"{kind}: {reason}: --retry {kind} asks again")
        self.kind, self.reason = kind, reason

    def __reduce__(self) -> tuple[type[Refusal], tuple[str, str]]:
        return type(self), (self.kind, self.reason)


def kind_of(error: BaseException) -> str | None:
    """Which of `KINDS` an error of yt-dlp is; None where another day may bring the video."""
    status = next((one for one in map(_status, _chain(error)) if one), None)
    if status is not None:
        return _STATUS.get(status)
    if any(type(one).__name__ == "GeoRestrictedError" for one in _chain(error)):
        return "region"
    text = str(error).lower()
    return next((kind for kind, words in _WORDS if re.search(words, text)), None)


def reason_of(error: BaseException) -> str:
    """What yt-dlp says, on a line, without colours and the names of its parts."""
    text = masked(readable(str(error).split("\n")[0]))
    if "Unsupported URL" in text:
        return "the site answers with a web page that holds no video"
    while (shorter := _PREFIX.sub("", text)) != text:
        text = shorter
    return text[:300] or type(error).__name__


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status", None)
    return status if isinstance(status, int) and status >= 400 else None


def _chain(error: BaseException) -> list[BaseException]:
    """An error and those that it comes from, as yt-dlp hands them on."""
    found, pending = [], [error]
    while pending:
        one = pending.pop()
        if not isinstance(one, BaseException) or one in found:
            continue
        found.append(one)
        info = getattr(one, "exc_info", None)
        pending += [info[1]] if isinstance(info, tuple) and len(info) > 1 else []
        pending += [getattr(one, "cause", None), one.__cause__, one.__context__]  # type: ignore[list-item]
    return found
