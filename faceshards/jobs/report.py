"""The run report: what a command saw, what came out whole, what failed where and why, and how long each stage
took.

Times and durations live here and never in a shard, whose bytes depend on its input alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from traceback import format_exception
from typing import Any, Self, overload

from faceshards.errors import FaceshardsError
from faceshards.jobs.small_file import read_small, write_small
from faceshards.shards.storage.url import Place, place

#: Tracebacks that a report keeps.
TRACES = 100
# What older reports lack.
_LATER = ("bug", "worked", "traces", "stale", "forecast", "remarks", "settled")


class ReportError(FaceshardsError):
    """The counts of a report do not add up, or its file is not a report."""


@dataclass
class Report:
    """One run of one command over one source (an archive, a shard). `whole` + all of `failed` = `seen`, always.

    `failed` maps stage -> reason code -> clips; a clip that failed in several stages counts once, where it
    failed first. `seconds` maps stage -> seconds of work, `worked` stage -> clips that it was spent on; `counts`
    holds what else the command counts (frames decoded, bytes); `files` are the paths that it made; `started` and
    `ended` are ISO 8601 in UTC; `error` is the one line that says why the source could not be finished, None where
    it was; `bug` is the traceback of a programming error, which ends the whole run; `traces` are those of unexpected
    errors at single clips: {"stage", "clip", "trace"}, `TRACES` at most; `stale` maps a stage that was not run ->
    clips whose results of it were made of what has changed since; `forecast` holds the seconds of work that the first
    clips of the source foretold (`predicted`), and the `actual` ones; `settled` says of which `generation` of the
    source it is, and which `plan` finds nothing lacking there.
    """

    command: str
    source: str
    seen: int = 0
    whole: int = 0
    failed: dict[str, dict[str, int]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    started: str = field(default_factory=lambda: _now())
    ended: str = ""
    error: str | None = None
    bug: str | None = None
    worked: dict[str, int] = field(default_factory=dict)
    traces: list[dict[str, str]] = field(default_factory=list)
    stale: dict[str, int] = field(default_factory=dict)
    forecast: dict[str, float] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)

    @property
    def failures(self) -> int:
        """Clips that failed, all reasons together."""
        return sum(sum(codes.values()) for codes in self.failed.values())

    def add_whole(self, clips: int = 1) -> None:
        """Counts clips that came out whole."""
        self.seen += clips
        self.whole += clips

    def add_failed(self, stage: str, code: str, clips: int = 1) -> None:
        """Counts clips that failed in `stage` for the reason `code` (a key of `errors.REASONS`)."""
        self.seen += clips
        codes = self.failed.setdefault(stage, {})
        codes[code] = codes.get(code, 0) + clips

    def add_stale(self, stage: str, clips: int = 1) -> None:
        """Counts clips whose results of a stage that was not run no longer fit what they were made of."""
        self.stale[stage] = self.stale.get(stage, 0) + clips

    def add_seconds(self, stage: str, seconds: float, clips: int = 0) -> None:
        """Adds to the time of a stage, and to the clips that it was spent on."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds
        if clips:
            self.worked[stage] = self.worked.get(stage, 0) + clips

    def add_count(self, name: str, count: int) -> None:
        """Adds to one of the command's own counters."""
        self.counts[name] = self.counts.get(name, 0) + count

    def add_trace(self, stage: str, clip: str, trace: str) -> None:
        """Keeps the traceback of an unexpected error at a clip, while there is room."""
        if len(self.traces) < TRACES:
            self.traces.append({"stage": stage, "clip": clip, "trace": trace})

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Adds the time of the block to a stage, also when it raises."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.add_seconds(stage, time.perf_counter() - begin)

    def check(self) -> None:
        """Raises ReportError unless whole + failed = seen."""
        if self.whole + self.failures != self.seen:
            raise ReportError(
                f"{self.source}: {self.whole} whole + {self.failures} failed clips are not the {self.seen} seen: "
                "a clip went uncounted, please report this"
            )

    def close(self, error: str | None = None) -> Self:
        """Ends the report now, with the reason why the source could not be finished, and checks its counts."""
        self.ended = _now()
        self.error = error
        self.check()
        return self

    @classmethod
    def of_bug(cls, command: str, source: str, error: Exception, line: str) -> Self:
        """The report of a source on which the program turned out wrong; `line` says where."""
        report = cls(command, source, bug="".join(format_exception(error)))
        return report.close(line)

    def record(self) -> dict[str, Any]:
        """The report as JSON values; `failures` is written too, for a reader's convenience."""
        return {**asdict(self), "failures": self.failures}

    @classmethod
    def of(cls, record: dict[str, Any]) -> Report:
        """The inverse of `record`; unknown keys are left out. Raises ReportError when it is no report."""
        try:
            values = {one.name: record[one.name] for one in fields(cls) if one.name not in _LATER or one.name in record}
            report = cls(**values)
            report.check()
        except (KeyError, TypeError, AttributeError) as error:
            raise ReportError(f"this is not a run report ({error!r})") from error
        return report

    def save(self, path: Place) -> None:
        """Writes the report as a JSON file, whole or not at all. Raises StorageError."""
        told = json.dumps(self.record(), indent=1, ensure_ascii=False)
        # A path's byte that is no UTF-8 is written as JSON escapes it, and is read back as it was.
        write_small(path, told.encode("utf-8", "backslashreplace") + b"\n")

    @classmethod
    def load(cls, path: Place) -> Report:
        """Reads what `save` wrote. Raises ReportError for a file that is no report or not there, StorageError."""
        body = read_small(path)
        if body is None:
            raise ReportError(f"{path}: no such report")
        try:
            record = json.loads(body)
        except ValueError as error:
            raise ReportError(f"{path} is not JSON ({error})") from error
        if not isinstance(record, dict):
            raise ReportError(f"{path} is not a run report: it must hold a JSON object")
        return cls.of(record)


@overload
def report_path(shard: Path, command: str) -> Path: ...


@overload
def report_path(shard: str | Place, command: str) -> Place: ...


def report_path(shard: str | Place, command: str) -> Place:
    """Where a shard's report of a command lies: `group124.tar` -> `group124.curate.json`."""
    return place(shard).with_suffix(f".{command}.json")


def total(reports: Iterable[Report], command: str, source: str) -> Report:
    """The sum of reports: counts and seconds added, files joined, from the first start to the last end."""
    whole = Report(command, source)
    for report in reports:
        whole.add_whole(report.whole)
        for stage, codes in report.failed.items():
            for code, clips in codes.items():
                whole.add_failed(stage, code, clips)
        for stage, seconds in report.seconds.items():
            whole.add_seconds(stage, seconds, report.worked.get(stage, 0))
        for name, count in report.counts.items():
            whole.add_count(name, count)
        for stage, clips in report.stale.items():
            whole.add_stale(stage, clips)
        for name, seconds in report.forecast.items():
            whole.forecast[name] = whole.forecast.get(name, 0.0) + seconds
        whole.files += report.files
        for one in report.traces:
            whole.add_trace(**one)
        whole.started = min(whole.started, report.started)
    return whole.close()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
