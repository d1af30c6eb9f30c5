"""What is to be done next: sources are opened one after the other, and given out in portions until they can be closed.

A source whose work fails gives out nothing more; it is reported when the portions of it that are out are back. A report
with a bug (a programming error in a stage), or more failures than are allowed, ends the whole run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from faceshards.jobs.deaths import Deaths
from faceshards.jobs.failure_limit import FailureLimit
from faceshards.jobs.job import Closing, Job, OpenSource, Portion, reported, unfinished
from faceshards.jobs.report import Report

# Items of a portion: at least, where workers share a source, and at most.
_LEAST, _MOST = 2, 256


@dataclass
class _Open:
    """A source that is open: the items that nobody has, and how many portions are out."""

    opened: OpenSource
    left: deque[int]
    out: int = 0
    failed: Report | None = None
    deaths: Deaths = field(default_factory=Deaths)


class Schedule:
    """The work on some sources; `finished` is called with each report as it comes. `close` it at the end."""

    def __init__(
        self,
        job: Job,
        sources: Iterable[str],
        finished: Callable[[Report], None] = lambda report: None,
        most_failures: FailureLimit | None = None,
    ) -> None:
        self._job, self._finished, self._limit = job, finished, most_failures
        self.order = list(dict.fromkeys(sources))
        self._waiting = deque(self.order)
        self._open: dict[str, _Open] = {}
        self._whole: deque[Closing] = deque()
        self._reports: dict[str, Report] = {}
        self._fresh = self._failed = 0
        self.stopped = self._listens = False

    def listen(self) -> None:
        """From now on `hear` says what workers write to journals."""
        self._listens = True
        for one in self._open.values():
            one.opened.journal.listen()

    def hear(self, source: str, lines: Iterable[bytes]) -> None:
        """Lines that workers wrote to the journal of a source."""
        if source in self._open:
            for line in lines:
                self._open[source].opened.journal.hear(line)

    @property
    def over(self) -> bool:
        """Whether every source is reported, or the run is to end before."""
        return self.stopped or not (self._waiting or self._open)

    @property
    def reports(self) -> list[Report]:
        """The reports that there are, in the order of the sources."""
        return [self._reports[source] for source in self.order if source in self._reports]

    def begun(self) -> bool:
        """Opens sources up to the first in which something is to be done; whether there is one."""
        while not self.stopped and not any(one.left for one in self._open.values()) and self._waiting:
            self._take_up(self._waiting.popleft())
        return bool(self._open) and not self.stopped

    def more(self, sharers: int) -> int:
        """For how many workers, of so many, there is something to do."""
        self.begun()
        portions = sum(-(-len(one.left) // _LEAST) for one in self._open.values() if not one.failed)
        return min(sharers, portions + len(self._whole) + len(self._waiting))

    def portion(self, sharers: int = 1) -> Portion | None:
        """What a worker, one of so many that share the work, is to do next; None where nothing is to be given out."""
        while not self.stopped:
            for source, one in self._open.items():
                if one.left and not one.failed:
                    return self._cut(source, one, sharers)
            if not self._waiting:
                break
            self._take_up(self._waiting.popleft())
        return None

    def back(self, portion: Portion, report: Report | None) -> None:
        """A portion is done; with a report, the source cannot be finished."""
        one = self._open[portion.source]
        one.out -= 1
        one.opened.journal.refresh()  # the last time that it is sure to be there
        one.failed = one.failed or report
        if report is not None and report.bug:
            self._finish(portion.source, report)
        self._settle(portion.source)

    def lost(self, portion: Portion, cause: str) -> None:
        """Whoever had a portion is gone: another takes it, unless this happens again and again."""
        one = self._open[portion.source]
        one.opened.journal.refresh()
        if one.deaths.add(one.opened.journal.progress):
            self.back(portion, unfinished(self._job, portion.source, one.deaths.said(portion.source, cause)))
        else:
            one.out -= 1
            one.left.extendleft(reversed(portion.items))

    def whole(self) -> Closing | None:
        """A source all of whose items are done: a worker is to close it. One whose lease is gone is not closed: another
        run may have it by now.
        """
        while self._whole and not self.stopped:
            closing = self._whole.popleft()
            gone = reported(self._job, closing.source, self._open[closing.source].opened.held.check)
            if gone is None:
                return closing
            self._finish(closing.source, gone)
        return None

    def closed(self, source: str, report: Report) -> None:
        """A source is closed."""
        if report.error is None:
            self._job.forget(source)
        self._finish(source, report)

    def unclosed(self, closing: Closing, cause: str) -> None:
        """Whoever was to close a source is gone: another does, unless this happens again and again."""
        one = self._open[closing.source]
        if one.deaths.add(one.opened.journal.progress):
            said = one.deaths.said(closing.source, cause)
            self._finish(closing.source, unfinished(self._job, closing.source, said))
        else:
            self._whole.appendleft(closing)

    def progress(self) -> tuple[int, int]:
        """Items done, and items known of; what is in sources that are not open yet is taken from the others."""
        done = sum(report.seen for report in self._reports.values())
        failed, fresh, known, opened = self._failed, self._fresh, done, len(self._reports)
        for one in self._open.values():
            journal = one.opened.journal
            journal.refresh()
            done += len(journal.ended)
            failed += len(journal.failed)
            fresh += len(journal.fresh)
            known += journal.expected
        opened += len(self._open)
        self._hold(failed, fresh)
        return done, known + round(known / max(1, opened) * len(self._waiting))

    def said(self) -> str:
        """Sources, failures and seconds of work, as of the last `progress`, in words."""
        failed, seconds = 0, dict[str, float]()
        clips = 0
        for report in self._reports.values():
            failed += report.failures
        for one in self._open.values():
            failed += len(one.opened.journal.failed)
            clips += len(one.opened.journal.ended)
            for name, spent in one.opened.journal.seconds.items():
                seconds[name] = seconds.get(name, 0.0) + spent
        words = [f"{len(self._reports)} of {len(self.order)} shards", *([f"{failed} failed"] if failed else [])]
        words += [f"{name} {spent / clips:.2g} s" for name, spent in seconds.items() if clips]
        return ", ".join(words)

    def close(self) -> None:
        """Gives up the leases of all that is open."""
        for one in self._open.values():
            one.opened.held.release()
        self._open.clear()

    def _cut(self, source: str, one: _Open, sharers: int) -> Portion:
        """The next items of a source: all, where each worker can have one of its own, else a share that shrinks towards
        the end, so that all are done at the same time.
        """
        alone = sharers < 2 or len(self._waiting) >= sharers
        size = len(one.left) if alone else max(_LEAST, -(-len(one.left) // (2 * sharers)))
        items = tuple(one.left.popleft() for _ in range(min(size, _MOST, len(one.left))))
        one.out += 1
        return Portion(source, items)

    def _take_up(self, source: str) -> None:
        opened = reported(self._job, source, partial(self._job.open, source))
        if isinstance(opened, Report):
            self._finish(source, opened)
            return
        self._open[source] = _Open(opened, deque(opened.items))
        if self._listens:
            opened.journal.listen()
        if opened.report is not None:
            self._finish(source, opened.report)
        else:
            self._settle(source)

    def _settle(self, source: str) -> None:
        """What becomes of a source that a portion came back of."""
        one = self._open.get(source)
        if one is None or one.out:
            return
        if one.failed:
            self._finish(source, one.failed)
        elif not one.left:
            self._whole.append(Closing(source, one.opened.journal.heard))

    def _finish(self, source: str, report: Report) -> None:
        if source in self._open:
            opened = self._open.pop(source).opened
            opened.held.release()
            self._fresh += len(opened.journal.fresh)
            self._failed += len(opened.journal.failed)
        self._reports[source] = report
        self.stopped = self.stopped or report.bug is not None
        self._finished(report)

    def _hold(self, failed: int, done: int) -> None:
        """Ends the run where more of its own clips have failed than may: what failed before is known, and may be mended
        by now.
        """
        if self._limit is None or self.stopped or not self._limit.passed(failed, done):
            return
        self.stopped = True
        for source in list(self._open):
            self._finish(source, unfinished(self._job, source, f"{source}: {self._limit.said(failed, done)}"))
