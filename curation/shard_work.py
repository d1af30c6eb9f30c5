"""The work on some rows of a shard: each clip that lacks something goes through the engine, and then into the spill.

A kill costs the clips in flight. A clip that was in flight at a death, with others, is done by itself first: a death
then names its cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from faceshards.curation.contents import ShardContents
from faceshards.curation.engine.clip_work import ClipTask, Done
from faceshards.curation.engine.engine import Engine
from faceshards.curation.engine.result import is_asked_to_end, no_bugs
from faceshards.curation.engine.stage import Failure, Stage
from faceshards.curation.lack import Lack
from faceshards.curation.plan import StagePlan, failed_stages
from faceshards.curation.rows_ahead import RowsAhead
from faceshards.curation.stale import followed
from faceshards.curation.work_folder import WorkFolder
from faceshards.errors import FaceshardsError, StageError, StorageError
from faceshards.jobs.bugs import told
from faceshards.jobs.progress import Advance
from faceshards.jobs.scratch import Scratch
from faceshards.jobs.watch import Watchdog, WorkStep
from faceshards.shards.kept import keep
from faceshards.shards.reader import Shard
from faceshards.shards.storage.extent import FileExtent


class ShardWork:
    """The worker `by` at an open shard, whose work folder is settled; `advance` is called with (clips done,
    clips known) of the shard.
    """

    def __init__(
        self,
        shard: Shard,
        plan: StagePlan,
        by: str,
        advance: Advance = lambda done, known: None,
        cores: int | None = None,
        scratch: Scratch = Scratch(),
    ) -> None:
        self._cores = cores
        self._shard, self._plan, self._advance = shard, followed(plan, shard), advance
        self._folder, self._contents = WorkFolder(shard, by, scratch), ShardContents(shard)

    def rows(self, rows: Sequence[int]) -> None:
        """Does what these rows lack. Raises StageBug, and what no clip can help: ShardError, StorageError, StageError,
        WeightsError.
        """
        self._folder.join().check()
        keep(self._shard, "json", rows)
        lacks = {row: lack for row in rows if (lack := self._lack(row)).stages}
        journal = self._folder.journal
        apart = [row for row in lacks if self._shard.keys[row] in journal.suspects]
        for stage in {stage.name: stage for lack in lacks.values() for stage in lack.stages}.values():
            _prepare(stage)
        self._advance(len(journal.ended), journal.expected)
        try:
            with Watchdog(self._folder.slots, self._plan.time_limit, self._expired) as watchdog:
                self._watchdog = watchdog
                self._engine([lacks[row] for row in apart], one_by_one=True)
                self._engine([lack for row, lack in lacks.items() if row not in apart], one_by_one=False)
        except StorageError as error:
            kept = f"{self._shard.path.name} stands as it was, and the clips that are finished are kept: run again"
            raise StorageError(f"{error}; {kept}") from error
        finally:
            for key in journal.mine:
                journal.leave(key)
            self._folder.keep()

    def _lack(self, row: int) -> Lack:
        return Lack.of(self._contents, row, self._folder.spills.finished(row), self._plan)

    def _engine(self, lacks: Sequence[Lack], *, one_by_one: bool) -> None:
        if not lacks:
            return
        stages = list({stage.name: stage for lack in lacks for stage in lack.stages}.values())
        waiting = {lack.row: lack for lack in lacks}
        engine = Engine(stages, self._folder.path, self._watchdog, one_by_one=one_by_one, cores=self._cores)
        with RowsAhead(self._shard, list(waiting)) if self._shard.cache else nullcontext() as ahead:
            engine.run(self._tasks(lacks, ahead), lambda done: self._finish(waiting.pop(done.task.clip.row), done))

    def _tasks(self, lacks: Sequence[Lack], ahead: RowsAhead | None) -> Iterator[ClipTask]:
        """Each clip, journalled when it is taken up."""
        for lack in lacks:
            self._folder.journal.begin(self._shard.keys[lack.row])
            task = lack.task(self._shard, self._folder.journal)
            yield task if ahead is None else replace(task, ready=partial(ahead.ready, lack.row))

    def _finish(self, lack: Lack, done: Done) -> None:
        """Takes down what came of a clip."""
        key = done.task.clip.key
        spent = self._watchdog.spent(key)
        new, columns = lack.mended(done, spent)
        self._folder.check()
        self._folder.spill.add(lack.row, new, columns)
        for body in columns.values():
            if isinstance(body, FileExtent) and body.path.parent == self._folder.path:
                body.path.unlink(missing_ok=True)
        codes = failed_stages(new.facts)
        failed = any(stage.name in codes for stage in self._plan.stages)
        now = {name: result.code for name, result in done.results.items() if isinstance(result, Failure)}
        self._folder.journal.end(key, failed=failed, codes=now, seconds=spent)
        self._advance(len(self._folder.journal.ended), self._folder.journal.expected)

    def _expired(self, step: WorkStep) -> str:
        """What the journal and the terminal are told of a step that ran too long."""
        who = f"clip {step.keys[0]}" if len(step.keys) == 1 else f"{len(step.keys)} clips together"
        if len(step.keys) == 1:
            self._folder.journal.timed_out(step.keys[0], step.name)
        else:
            self._folder.journal.suspect(step.keys)
        limit = self._plan.time_limit or 0.0
        return f"faceshards: {who}: {step.name} did not end within {limit:g} s; this worker ends, the next goes on"


def _prepare(stage: Stage[Any]) -> None:
    """Sets a stage up. Raises StageBug, StageError, WeightsError."""
    try:
        with no_bugs(stage, "while it was set up"):
            stage.prepare()
    except (FaceshardsError, MemoryError):
        raise
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        if is_asked_to_end(error):
            raise
        raise StageError(f"stage {stage.name} cannot be set up: {told(error)}") from error
