"""A judgement: what a person says of a clip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from faceshards.errors import UsageError
from faceshards.shards.storage.holder import user_name

KEEP, DROP, NONE = "keep", "drop", "none"
#: What a verdict may be; `none` takes one back, or stands beside a note alone.
VERDICTS = (KEEP, DROP, NONE)
#: Most characters of a note, and of a name.
MOST_NOTE, MOST_NAME = 2000, 100
# The same of those that are read: a merged judgement has several persons' notes and names.
_MOST_READ = 64_000
# Control characters but the line feed and the tab, and surrogates, which are no text.
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Judgement:
    """`verdict`, one of `VERDICTS`, and `note` on the clip `key` of a `shard`; `by` whom, `at` which time (UTC, ISO
    8601, of one width, so that texts compare as times do), and of which `generation` the shard was.
    """

    shard: str
    key: str
    verdict: str
    note: str
    by: str
    at: str
    generation: str = ""

    @classmethod
    def now(cls, shard: str, key: str, verdict: str, note: str, by: str, generation: str = "") -> Judgement:
        """One that is made at this moment. Raises UsageError for a verdict that is none, and for texts too long."""
        return cls(shard, key, checked_verdict(verdict), checked_note(note), checked_name(by), moment(), generation)

    @property
    def says_nothing(self) -> bool:
        """Whether it only takes back what was said before."""
        return self.verdict == NONE and not self.note

    def record(self) -> dict[str, str]:
        """Its JSON object."""
        return dict(vars(self))

    @classmethod
    def of(cls, record: Any) -> Judgement:
        """The inverse of `record`, for what anybody may have written. Raises UsageError for anything else."""
        if not isinstance(record, Mapping):
            raise UsageError("a judgement is a JSON object")
        texts = {name: record.get(name, "") for name in cls.__dataclass_fields__}
        if lacking := next((name for name in ("shard", "key", "by", "at") if not texts[name]), None):
            raise UsageError(f"a judgement says its {lacking}")
        if wrong := next((name for name, value in texts.items() if not isinstance(value, str)), None):
            raise UsageError(f"a judgement's {wrong} is a text, got {str(texts[wrong])[:40]!r}")
        verdict, by = checked_verdict(texts["verdict"] or NONE), checked_name(texts["by"], _MOST_READ)
        note, at = checked_note(texts["note"], _MOST_READ), _checked_moment(texts["at"])
        return cls(texts["shard"], texts["key"], verdict, note, by, at, texts["generation"])


def checked_verdict(verdict: object) -> str:
    """A verdict. Raises UsageError for what is none."""
    if not isinstance(verdict, str) or verdict not in VERDICTS:
        raise UsageError(f"verdict {str(verdict)[:40]!r}: it is one of {', '.join(VERDICTS)}")
    return verdict


def checked_note(note: object, most: int = MOST_NOTE) -> str:
    """A note as text: without control characters but line feeds and tabs, and without blanks around it. Raises
    UsageError for one that is too long.
    """
    if not isinstance(note, str):
        raise UsageError(f"note {str(note)[:40]!r}: it is a text")
    text = _UNFIT.sub("", note.replace("\r\n", "\n")).strip()
    if len(text) > most:
        raise UsageError(f"a note of {len(text)} characters: the most is {most}: say it shorter")
    return text


def checked_name(name: object, most: int = MOST_NAME) -> str:
    """Who judges. Raises UsageError for no name and for one that is too long."""
    text = " ".join(_UNFIT.sub("", str(name)).split())
    if not text or len(text) > most:
        raise UsageError(f"--by {str(name)[:40]!r}: say a name of 1 to {most} characters")
    return text


def judge_name(by: str | None) -> str:
    """Who judges: the name that was given, else the login name. Raises UsageError as `checked_name` does."""
    return checked_name(user_name() if by is None else by)


def moment() -> str:
    """This moment, as a judgement has it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _checked_moment(at: str) -> str:
    """A time of any ISO 8601 form, as a judgement has it; one without a zone is UTC."""
    try:
        when = datetime.fromisoformat(at)
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"judged at {at[:40]!r}: say a time such as 2026-01-31T12:00:00Z") from None
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
