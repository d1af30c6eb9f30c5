"""Curation as a job: a shard is opened, its clips are worked on by rows, and it is rewritten when all are done.

open_shard.py   the lease, and which rows lack something
shard_work.py   some rows through the engine, into a spill; several workers at a time
shard_end.py    all rows accounted for, the shard rewritten
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from faceshards.curation.open_shard import OpenShard
from faceshards.curation.plan import StagePlan
from faceshards.curation.settled import settled
from faceshards.curation.shard_end import COMMAND, end_shard
from faceshards.curation.shard_work import ShardWork
from faceshards.curation.work_folder import journal_path
from faceshards.errors import StageBug, StorageError
from faceshards.jobs.child import worker_name
from faceshards.jobs.job import Portion
from faceshards.jobs.progress import Advance
from faceshards.jobs.report import Report, report_path
from faceshards.jobs.scratch import Scratch
from faceshards.models.weights.registry import FOLDER_VARIABLE, looking_in
from faceshards.shards.storage.lease import Lease
from faceshards.shards.storage.url import Place, Url, address, place

#: Seconds from the begin of a run in which a process of an earlier run may be dying with a lease in its hand.
PATIENCE = 2.0
# Shards of stores that are looked at side by side.
_LOOKS = 16


@dataclass(frozen=True)
class CurateJob:
    """Brings shards up to a plan: see `jobs.job.Job`. A worker has so many `cores`, None for all that there are; shards
    of a store are worked on in the machine's `scratch` folder. `weights`: where workers look for model files first, by
    default what FACESHARDS_WEIGHTS names here. With a StageBug the shard is left as it was, and the traceback stands in
    its report.
    """

    plan: StagePlan
    cores: int | None = None
    scratch: Scratch = field(default_factory=Scratch)
    weights: str | None = field(default_factory=lambda: os.environ.get(FOLDER_VARIABLE) or None)
    command: ClassVar[str] = COMMAND
    _begun: float = field(default_factory=time.monotonic, repr=False, compare=False)
    _looks: dict[str, Callable[[], Report | None]] = field(default_factory=dict, repr=False, compare=False)

    @contextmanager
    def looking_ahead(self, sources: Iterable[str]) -> Iterator[None]:
        """Inside, it is found out beside all else which shards of stores are settled: each takes two answers."""
        pool = ThreadPoolExecutor(_LOOKS, "faceshards-look")
        try:
            for source in sources:
                if isinstance(where := place(source), Url):
                    self._looks[source] = pool.submit(settled, where, self.plan, COMMAND).result
            yield
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            self._looks.clear()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_looks": {}}

    def journal(self, source: str) -> Path:
        """Where the journal of a shard is."""
        return journal_path(source, self.scratch)

    def open(self, source: str) -> OpenShard:
        """Takes the lease of a shard and finds the rows that lack something."""
        left = PATIENCE - (time.monotonic() - self._begun)
        return OpenShard(source, self.plan, max(0.0, left), self.scratch, self._looks.pop(source, None))

    def work(self, portion: Portion, by: str, advance: Advance = lambda done, known: None) -> None:
        """Does what these rows lack; `advance` is called with (clips done, clips known)."""
        try:
            with looking_in(self.weights), self.scratch.open(portion.source) as shard:
                ShardWork(shard, self.plan, by, advance, self.cores, self.scratch).rows(portion.items)
        except StageBug as error:
            with suppress(StorageError):  # the bug is what the user must hear of
                Report.of_bug(COMMAND, portion.source, error, str(error)).save(report_path(portion.source, COMMAND))
            raise

    def close(self, source: str, held: Lease, lines: Sequence[bytes] = ()) -> Report:
        """Rewrites the shard, and reports."""
        with looking_in(self.weights):  # what a recipe is depends on model files of the user's own
            return end_shard(source, self.plan, held, self.scratch, lines)

    def forget(self, source: str) -> None:
        """What is left in this machine's scratch folder of the work on a shard of a store goes."""
        if isinstance(where := place(source), Url):
            shutil.rmtree(self.scratch.work_folder(where), ignore_errors=True)


def run_shard(
    path: str | Place, plan: StagePlan, advance: Advance = lambda done, known: None, scratch: Scratch = Scratch()
) -> Report:
    """Brings one shard up to the plan in this process, going on where an earlier run stopped, and reports.

    Raises FaceshardsError where the shard cannot be finished: it is damaged, foreign, in work elsewhere; a stage cannot
    be set up; the disk refuses. StageBug, for a programming error in a stage, leaves the shard as it was and its
    traceback in the report beside it. A clip's own troubles are in the report.
    """
    job, source = CurateJob(plan, scratch=scratch), address(place(path))
    opened = job.open(source)
    with opened.held as held:
        if opened.report is not None:
            return opened.report
        if opened.items:
            job.work(Portion(source, tuple(opened.items)), worker_name(os.getpid()), advance)
        return job.close(source, held)
