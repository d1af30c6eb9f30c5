"""A job: what the runners run. The inline loop and the Ray actors both take one, and call its work the same
way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from faceshards.errors import FaceshardsError, SoftwareError
from faceshards.jobs.bugs import is_bug, told
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report
from faceshards.jobs.watch import left_at


@dataclass(frozen=True)
class Job:
    """`work` does all of one source (a shard's path) and reports; it goes on where an earlier worker stopped.

    `journal` says where the journal of a source lies. Both are picklable: they travel to the actors once.
    """

    command: str
    work: Callable[[str], Report]
    journal: Callable[[str], Path]

    def attempt(self, source: str) -> Report:
        """Does a source; an error becomes the report's `error`, so that the other sources go on.

        With a programming error the report has a `bug`: the runners then start nothing more.
        """
        try:
            return self.work(source)
        except SoftwareError as error:
            return Report.of_bug(self.command, source, error, str(error))
        except FaceshardsError as error:
            return self.unfinished(source, str(error))
        except Exception as error:  # noqa: BLE001 - one source's trouble must not end the others
            if is_bug(error):
                return Report.of_bug(self.command, source, error, f"{source}: the program is at fault: {told(error)}")
            return self.unfinished(source, f"{source}: unexpected {told(error)}")

    def died(self, source: str) -> Journal:
        """Counts the death of the worker that was at a source, where one was; the journal that says so."""
        journal, slots = Journal(self.journal(source)), self.slots(source)
        journal.died(left_at(slots))
        slots.unlink(missing_ok=True)
        return journal

    def slots(self, source: str) -> Path:
        """Where a worker's slots are, beside the journal: see `jobs.watch`."""
        return self.journal(source).with_name("slots")

    def unfinished(self, source: str, error: str) -> Report:
        """The report of a source that could not be finished."""
        return Report(self.command, source).close(error)
