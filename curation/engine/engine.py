"""Stages over clips: several clips are in hand, one decode feeds all stages of a clip, networks batch across clips.

    tasks -> [ClipWork: feed -> stage, stage, ... each a coroutine] -> Done
                            \\      |      /
                             nets: one queue each, run when full, or when nothing else can go on

The rule that keeps it from sticking: a network runs when its batch is full; where none is full, no work is out in
threads and the loop has nothing that could go on, the longest queue runs short; where no queue has anything, the clips
may hold one chunk more. Results do not depend on company, places or order, because each network has one batch shape.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2

from faceshards.curation.engine import loop
from faceshards.curation.engine.clip_work import ClipTask, ClipWork, Done
from faceshards.curation.engine.feed import Feed
from faceshards.curation.engine.network import NetQueue
from faceshards.curation.engine.pulse import Pulse
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.threads import Threads
from faceshards.errors import StageBug
from faceshards.jobs.watch import Watchdog

#: Clips in hand at a time.
IN_HAND = 4
# Most threads of a worker that has all cores; more of them than cores take a fifth more processor time, and no less of
# the clock's, on clips of 64 x 64 pixels.
_THREADS = 16


class Engine:
    """Runs stages, which are set up. `folder` takes what does not fit into memory, `in_hand` bounds the clips that are
    worked on at a time; `watch` is told what each thread is at. No more threads than `cores` work beside the
    loop's own; None: than this machine has.

    With `one_by_one` nothing happens beside anything else, neither clips nor stages nor decoding, so that a death names
    what it came from.
    """

    def __init__(
        self,
        stages: Sequence[Stage[Any]],
        folder: Path,
        watch: Watchdog,
        *,
        in_hand: int = IN_HAND,
        one_by_one: bool = False,
        cores: int | None = None,
    ) -> None:
        cv2.setNumThreads(1)  # parallelism is clips and workers, and OpenCV's own threads wait at full speed
        self._folder, self._watch = folder, watch
        self._in_hand, self._one_by_one = 1 if one_by_one else in_hand, one_by_one
        self._threads = Threads(cores or min(_THREADS, os.cpu_count() or 1), watch)
        self._batches: list[NetQueue] = []
        self._feeds: set[Feed] = set()
        for stage in stages:
            device = stage.device if stage.runtimes else "cpu"
            stage.nets = {
                name: NetQueue(f"{stage.name}.{name}", net, watch, device) for name, net in stage.networks().items()
            }
            self._batches += stage.nets.values()
        self._running = False

    def run(self, tasks: Iterable[ClipTask], finished: Callable[[Done], None]) -> None:
        """Works on all tasks; `finished` is called with each as it is done, in any order. Raises StageBug for a
        programming error in a stage, and what no clip can help: ShardError, StorageError, StageError, WeightsError.
        """
        with self._threads:
            loop.run(self._all(iter(tasks), finished), self._idle)

    @property
    def batches(self) -> list[NetQueue]:
        """The networks' queues, with the counts of what went through them."""
        return list(self._batches)

    async def _all(self, tasks: Iterator[ClipTask], finished: Callable[[Done], None]) -> None:
        async def worker() -> None:
            for task in tasks:
                finished(await self._work(task).done())

        self._running = True
        beat = asyncio.create_task(Pulse(self._batches, self._feeds).beat())
        try:
            await loop.together([worker() for _ in range(self._in_hand)])
        finally:
            self._running = False
            beat.cancel()

    def _work(self, task: ClipTask) -> ClipWork:
        return ClipWork(task, self._folder, self._threads, self._watch, self._feeds, self._one_by_one)

    def _idle(self) -> bool:
        """Nothing is ready in the loop: makes something so, where nothing will come from a thread either."""
        if self._threads.out or not self._running:
            return False
        longest = max(self._batches, key=lambda one: one.queued, default=None)
        if longest is not None and longest.queued:
            longest.run()
            return True
        if not any([feed.widen() for feed in self._feeds]):
            raise StageBug("the stages wait for each other, and nothing will come: see what they need()")
        return True
