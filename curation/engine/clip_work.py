"""The work on one clip: its stages side by side, each with what it needs, each with its own result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from traceback import format_exception
from typing import Any

import numpy as np

from faceshards.curation.engine.feed import HELD, Feed, FeedReader
from faceshards.curation.engine.live import LiveTable
from faceshards.curation.engine.loop import together
from faceshards.curation.engine.need import Frames, Live, Made
from faceshards.curation.engine.network import WORKS_FOR
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.passes import passes
from faceshards.curation.engine.result import applied, encoded, is_asked_to_end, no_bugs, state_after
from faceshards.curation.engine.stage import Failure, NotApplicable, Outcome, Result, Stage
from faceshards.curation.engine.stage_clip import SharedClip, StageClip
from faceshards.curation.engine.threads import Threads
from faceshards.errors import ClipError, ShardError, SoftwareError, StageBug, StageError, StorageError, WeightsError
from faceshards.jobs.watch import Watchdog, WatchedCoroutine, WorkStep
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.states import NOT_APPLICABLE, state_of, stated

#: The step in which a clip's pictures are decoded, as the journal and the report name it.
DECODE = "decode"
# What no clip can help.
_FATAL = (ShardError, SoftwareError, StageError, StorageError, WeightsError)
# What ends a program.
_ENDS = (asyncio.CancelledError, KeyboardInterrupt, SystemExit)


@dataclass(frozen=True)
class ClipTask:
    """A clip that lacks some stages, in an order in which each finds what it needs; `barred` are those that are not to
    be tried, and why.

    `later` come behind them, each where it is `due`: where what it reads is no longer what it was made of. `ready`
    returns when the clip's bytes are on this machine.
    """

    clip: SharedClip
    stages: Sequence[Stage[Any]]
    barred: Mapping[str, Failure] = field(default_factory=dict)
    later: Sequence[Stage[Any]] = ()
    due: Callable[[Stage[Any], SharedClip], bool] = lambda stage, clip: True
    ready: Callable[[], None] | None = None


@dataclass(frozen=True)
class Done:
    """What came of a task: a result of each stage that ran, columns encoded, and what the work cost."""

    task: ClipTask
    results: Mapping[str, Result]
    counts: Mapping[str, int]


class ClipWork:
    """One clip and its stages."""

    def __init__(
        self, task: ClipTask, folder: Path, threads: Threads, watch: Watchdog, feeds: set[Feed], one_by_one: bool
    ) -> None:
        self._task, self._folder, self._threads, self._watch, self._feeds = task, folder, threads, watch, feeds
        self._one_by_one = one_by_one
        self._shared = task.clip
        self._results: dict[str, Result] = {}
        self._over: dict[str, asyncio.Event] = {}
        self._makers: dict[str, Stage[Any]] = {}

    async def done(self) -> Done:
        """Runs all stages side by side, or one by one; each waits for what it needs. Then those that are due, until
        none is.
        """
        if self._task.ready is not None:
            await self._threads.wait(self._task.ready)
        await self._run(self._task.stages)
        later = list(self._task.later)
        while due := self._due(later):
            await self._run(due)
            later = [stage for stage in later if stage not in due]
        return Done(self._task, self._results, self._shared.counts)

    def _due(self, later: Sequence[Stage[Any]]) -> list[Stage[Any]]:
        """The stages whose turn it is; one that reads what another is about to make waits for it."""
        due: list[Stage[Any]] = []
        coming: set[str] = set()
        for stage in later:
            waits, is_due = coming & set(stage.reads), self._task.due(stage, self._shared)
            if is_due and not waits:
                due.append(stage)
            if is_due or waits:
                coming.update(stage.columns)
        return due

    async def _run(self, stages: Sequence[Stage[Any]]) -> None:
        """Runs some stages, whose makers are among them or done."""
        self._over |= {stage.name: asyncio.Event() for stage in stages}
        makers = {column: stage for stage in stages for column in stage.columns}
        self._makers |= makers
        for need in (need for stage in stages for need in stage.needs()):
            if isinstance(need, Live) and need.column in makers:
                self._shared.tables.setdefault(need.column, LiveTable(need.column))
        alone = [[stage] for stage in stages]
        for group in alone if self._one_by_one else passes(stages, self._shared.facts):
            await self._pass(group)

    async def _pass(self, stages: Sequence[Stage[Any]]) -> None:
        """Runs some stages on one decoding."""
        seen = [stage for stage in stages if any(isinstance(need, Frames) for need in stage.needs())]
        held = 1 if self._one_by_one else HELD
        feed = Feed(self._shared.chunks(), self._threads, self._step(DECODE), held) if seen else None
        readers = {stage.name: feed.reader() for stage in seen} if feed else {}
        if feed is not None:
            self._feeds.add(feed)
        try:
            await together([self._stage(stage, readers.get(stage.name)) for stage in stages])
        finally:
            if feed is not None:
                self._feeds.discard(feed)
                await feed.close()

    async def _stage(self, stage: Stage[Any], reader: FeedReader | None) -> None:
        """Runs one stage, whatever comes of it, and lets those go on who wait for it."""
        WORKS_FOR.set((self._shared.key,))
        view = StageClip(self._shared, self._threads, self._step(stage.name), reader)
        result: Result = Failure("stage-failed", "it was given up")
        try:
            result = await self._result(stage, view)
        finally:
            view.leave()
            self._take(stage, result)

    async def _result(self, stage: Stage[Any], view: StageClip) -> Result:
        clip = self._shared.facts.get("name", self._shared.key)
        try:
            with no_bugs(stage, f"clip {clip!r}"):
                return applied(stage, await self._barred(stage) or await self._made(stage, view))
        except ClipError as error:
            return self._nothing_for(stage) or applied(stage, Failure(error.code, str(error)))
        except _FATAL:
            raise
        except _ENDS as error:
            if is_asked_to_end(error):
                raise
            return Failure("stage-failed", f"{type(error).__name__}: {error}"[:500], "".join(format_exception(error)))
        except MemoryError as error:
            return Failure("out-of-memory", f"it asked for more memory than there is: {error}"[:500])
        except Exception as error:  # noqa: BLE001 - whatever a stage raises is that clip's failure, and the run goes on
            trace = "".join(format_exception(error))
            return Failure("stage-failed", f"{type(error).__name__}: {error}"[:500], trace)

    async def _made(self, stage: Stage[Any], view: StageClip) -> Outcome:
        """What the stage makes of the clip, its columns encoded."""
        step = self._step(stage.name)
        if type(stage).work is Stage.work:
            return await self._threads.run(step, lambda: encoded(stage, stage.one(view)))
        out = Outlet(self._folder, self._threads, step, lambda: self._shared.clip.timeline, self._shared.tables)
        with closing(out):
            coroutine: Any = stage.work(view, out)
            if not isinstance(coroutine, Coroutine):
                raise StageBug(f"stage {stage.name}: work must be a coroutine (`async def work`): mend the stage")
            await WatchedCoroutine(coroutine, self._watch, step)
            view.leave()
            await self._stood(stage)
            return await self._threads.run(step, lambda: encoded(stage, out.outcome()))

    async def _stood(self, stage: Stage[Any]) -> None:
        """Waits until the makers of the live columns are done: what a stage has read counts where they are. Raises
        ClipError `needs-failed`.
        """
        for need in stage.needs():
            if isinstance(need, Live) and (maker := self._makers.get(need.column)) is not None:
                await self._over[maker.name].wait()
                if not isinstance(self._results[maker.name], Outcome):
                    raise ClipError("needs-failed", f"{need.column} has no value: the stage that makes it failed")

    async def _barred(self, stage: Stage[Any]) -> Failure | NotApplicable | None:
        """Waits for the columns that must be whole; says why a stage is not even tried."""
        if stage.name in self._task.barred:
            return self._task.barred[stage.name]
        for need in stage.needs():
            if isinstance(need, Made) and need.column in self._makers:
                await self._over[self._makers[need.column].name].wait()
            told = isinstance(need, Live) and need.column in self._shared.tables  # while it is made
            if isinstance(need, (Made, Live)) and not told:
                if not self._shared.has(need.column):
                    error = self._shared.no_value(need.column)
                    return self._nothing_for(stage) or Failure(error.code, str(error))
                if isinstance(need, Live):
                    rows = await self._threads.run(self._step(stage.name), _stored_rows, self._shared, need.column)
                    self._shared.tables[need.column] = LiveTable.whole(need.column, rows)
        return None

    def _nothing_for(self, stage: Stage[Any]) -> NotApplicable | None:
        """Whether what the stage needs does not apply to the clip."""
        absent = [column for column in stage.reads if state_of(self._shared.facts, column, 0) == NOT_APPLICABLE]
        return NotApplicable(f"{absent[0]} does not apply to this clip") if absent else None

    def _step(self, name: str) -> WorkStep:
        return WorkStep((self._shared.key,), name)

    def _take(self, stage: Stage[Any], result: Result) -> None:
        self._results[stage.name] = result
        stage.proven = stage.proven or isinstance(result, Outcome)
        found = result if isinstance(result, Outcome) else Outcome(dict.fromkeys(stage.columns, b""))
        self._shared.made |= found.columns
        self._shared.facts = stated({**self._shared.facts, **found.scores}, stage.columns, state_after(result))
        error = None if found is result else ClipError("needs-failed", "its maker failed")
        for column in stage.columns:
            if column in self._shared.tables:
                self._shared.tables[column].end(error)
        self._over[stage.name].set()


def _stored_rows(shared: SharedClip, column: str) -> dict[str, np.ndarray]:
    """The rows of a column that is there already: the lists of its map that are as long as `frame`; of an array, its
    own under its name, and their frames out of the column that has them.
    """
    value = shared.value(column)
    if isinstance(value, np.ndarray) and column in COLUMNS:
        frame = COLUMNS[column].frame
        return {column: value, "frame": np.asarray(shared.value(frame) if frame else value, np.int64)}
    if not (isinstance(value, Mapping) and isinstance(value.get("frame"), list)):
        raise ClipError("bad-column", f"{column} is no map of rows with `frame` among them: make it again")
    frames = np.asarray(value["frame"], np.int64)
    lists = {name: one for name, one in value.items() if isinstance(one, list) and len(one) == len(frames)}
    return {name: np.asarray(one) for name, one in lists.items()} | {"frame": frames}
