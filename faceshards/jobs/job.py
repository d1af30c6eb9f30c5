"""A job: what the runners run. The inline loop and the Ray actors both take one, and call its work the same way.

open(source)     here, by whoever drives: takes the lease and says which items are to be done
work(portion)      in workers, several at a time: some of the items
close(source)    in one of those workers, when all items are done: the report
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from faceshards.errors import FaceshardsError, SoftwareError
from faceshards.jobs.bugs import is_bug, told
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report
from faceshards.shards.storage.lease import Lease

Result = TypeVar("Result")


@dataclass(frozen=True)
class Portion:
    """Some of the work on a source (a shard's path): the items (its rows) that a worker is given."""

    source: str
    items: tuple[int, ...]


@dataclass(frozen=True)
class Closing:
    """A source all of whose items are done, as a worker is given it to close: with it go the lines of its journal that
    last, some of which were written on other machines.
    """

    source: str
    lines: tuple[bytes, ...] = ()


class OpenSource(Protocol):
    """A source whose lease this process has, and the items that are to be done, each of them one key of the journal;
    the report where there is nothing to do, not even to close it.
    """

    @property
    def items(self) -> Sequence[int]: ...

    @property
    def journal(self) -> Journal: ...

    @property
    def held(self) -> Lease: ...

    @property
    def report(self) -> Report | None: ...


class Job(Protocol):
    """Work that goes on where an earlier run stopped. It is picklable: it travels to the workers once."""

    @property
    def command(self) -> str: ...

    def journal(self, source: str) -> Path:
        """Where the journal of a source lies; beside it stand the slots of its workers (`jobs.watch`)."""

    def open(self, source: str) -> OpenSource:
        """Takes up a source; whoever calls releases its lease."""

    def work(self, portion: Portion, by: str) -> None:
        """Does the items of a portion as the worker `by`, which is one of several."""

    def close(self, source: str, held: Lease, lines: Sequence[bytes] = ()) -> Report:
        """Makes what is done part of the source, and reports. `lines` of its journal may be new to this machine."""

    def forget(self, source: str) -> None:
        """A source is closed, perhaps on another machine: nothing of the work on it stays on this one."""


def slots(journal: Path, by: str) -> Path:
    """Where the slots of a worker are, beside the journal of what it works on."""
    return journal.with_name(f"slots-{by}")


def reported(job: Job, source: str, work: Callable[[], Result]) -> Result | Report:
    """What the work gives; an error becomes the report's `error`, so that the other sources go on.

    With a programming error the report has a `bug`: the runners then start nothing more.
    """
    try:
        return work()
    except SoftwareError as error:
        return Report.of_bug(job.command, source, error, str(error))
    except FaceshardsError as error:
        return unfinished(job, source, str(error))
    except Exception as error:  # noqa: BLE001 - one source's trouble must not end the others
        if is_bug(error):
            return Report.of_bug(job.command, source, error, f"{source}: the program is at fault: {told(error)}")
        return unfinished(job, source, f"{source}: unexpected {told(error)}")


def unfinished(job: Job, source: str, error: str) -> Report:
    """The report of a source that could not be finished."""
    return Report(job.command, source).close(error)
