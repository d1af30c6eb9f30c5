"""Training on a Ray cluster, by Ray Train: a process a worker; a worker that dies is started again, and all go on from
the last checkpoint.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

from faceshards.errors import FaceshardsError, MissingExtra
from faceshards.jobs.cluster import ray_cluster
from faceshards.shards.storage.atomic import storage_errors
from faceshards.train.assembled import run_of
from faceshards.train.here import train_here
from faceshards.train.loop import StepReport
from faceshards.train.options import TrainingOptions
from faceshards.train.ranks import device_of, rank

#: How often in a run a worker may die.
MOST_DEATHS = 3
# Seconds between two looks at what the workers tell, and for which a new worker waits for an old one's lease.
_LOOK, _PATIENCE = 0.5, 60.0


def train_on_ray(
    options: TrainingOptions, on_step: Callable[[StepReport], None], tell: Callable[[str], None]
) -> dict[str, Any]:
    """Trains on `workers` workers of the Ray at the options' address, or on a local one; see `terminal.Trainer`. The
    run's folder must be one that all of its machines see.

    Raises MissingExtra where Ray Train is not installed, StageError where Ray does not answer, and what the workers
    raise.
    """
    run = run_of(options)
    workers = options.workers or 1
    os.environ.setdefault("RAY_TRAIN_V2_ENABLED", "1")
    os.environ.setdefault("RAY_TRAIN_ENABLE_STATE_TRACKING", "0")
    with ray_cluster(options.ray, workers):
        try:
            import ray
            from ray.train import FailureConfig, RunConfig, ScalingConfig
            from ray.train.torch import TorchConfig, TorchTrainer
        except ImportError as error:
            raise MissingExtra("--ray needs Ray Train, which is not whole: pip install 'ray[train]'") from error
        gpu = device_of(options.device).type == "cuda"
        with storage_errors(run.out):
            run.out.mkdir(parents=True, exist_ok=True)
        mailbox = ray.remote(num_cpus=0)(Mailbox).remote()
        # A worker that is started again goes on; that there is nothing to go on from yet, `run` has seen.
        given = replace(options, resume=True, ray=None, workers=None, out=run.out.resolve())
        notes = run.out.resolve() / ".ray"
        trainer = TorchTrainer(
            _work,
            train_loop_config={"options": given, "mailbox": mailbox},
            torch_config=TorchConfig("nccl" if gpu else "gloo"),
            scaling_config=ScalingConfig(num_workers=workers, use_gpu=gpu),
            run_config=RunConfig(
                name=uuid4().hex, storage_path=str(notes), failure_config=FailureConfig(max_failures=MOST_DEATHS)
            ),
        )
        told = _Told(on_step, tell)
        try:
            with _heard(mailbox, told):
                trainer.fit()
        except Exception as error:
            raise told.error or FaceshardsError(f"training on Ray ended: {str(error).splitlines()[-1]}") from error
        finally:
            shutil.rmtree(notes, ignore_errors=True)
        return told.record


def _work(config: dict[str, Any]) -> None:
    """What each worker does; the first one tells."""
    import ray

    mailbox, first, sent = config["mailbox"], rank() == 0, [0.0]

    def on_step(report: StepReport) -> None:
        if first and (time.monotonic() > sent[0] + _LOOK or report.step == report.last):
            sent[0] = time.monotonic()
            mailbox.put.remote("step", report)

    def tell(line: str) -> None:
        if first:
            mailbox.put.remote("line", line)

    try:
        record = train_here(config["options"], on_step, tell, _PATIENCE)
    except FaceshardsError as error:
        ray.get(mailbox.put.remote("error", error))
        raise
    if first:
        ray.get(mailbox.put.remote("record", record))


class Mailbox:
    """What the workers tell, until it is taken; an actor of Ray."""

    def __init__(self) -> None:
        self._letters: list[tuple[str, Any]] = []

    def put(self, kind: str, value: Any) -> None:
        """Tells something."""
        self._letters.append((kind, value))

    def take(self) -> list[tuple[str, Any]]:
        """All that was told since the last time."""
        letters, self._letters = self._letters, []
        return letters


class _Told:
    """What was taken out of the mailbox."""

    def __init__(self, on_step: Callable[[StepReport], None], tell: Callable[[str], None]) -> None:
        self._on_step, self._tell, self._lines = on_step, tell, set[str]()
        self.error: FaceshardsError | None = None
        self.record: dict[str, Any] = {}

    def hear(self, kind: str, value: Any) -> None:
        if kind == "step":
            self._on_step(value)
        elif kind == "line" and value not in self._lines:  # after a death all is told again
            self._lines.add(value)
            self._tell(value)
        elif kind == "error":
            self.error = value
        elif kind == "record":
            self.record = value


@contextmanager
def _heard(mailbox: Any, told: _Told) -> Iterator[None]:
    """Takes letters out of the mailbox while the block runs, and the last ones at its end."""
    import ray

    ends = threading.Event()

    def listen() -> None:
        while True:
            last = ends.wait(_LOOK)
            for letter in ray.get(mailbox.take.remote()):
                told.hear(*letter)
            if last:
                return

    thread = threading.Thread(target=listen, name="mailbox", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join(30)
