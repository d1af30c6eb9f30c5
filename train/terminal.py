"""A training run as a terminal shows it: what trains on what, a bar with the loss, the outcome; for machines a JSON
object.
"""

from __future__ import annotations

import json
from typing import Any

from rich.markup import escape

from faceshards.jobs.progress import progress
from faceshards.terminal import Screen, plain
from faceshards.train.assembled import Training
from faceshards.train.loop import StepReport, train
from faceshards.train.ranks import rank
from faceshards.train.run_folder import LATEST


def train_and_tell(training: Training, *, as_json: bool) -> None:
    """Trains, showing how it goes; with `as_json` the outcome is one object on stdout, all else on stderr. Of several
    processes one speaks.
    """
    console = Screen(stderr=as_json, highlight=False, quiet=rank() > 0)
    last_step, notes = LastStep(), training.notes
    for note in notes:
        console.print(plain(note), soft_wrap=True)

    def tell(line: str) -> None:
        notes.append(line)
        console.print(plain(line), soft_wrap=True)

    with progress("training", None, "steps", said=last_step.words, quiet=rank() > 0) as advance:

        def on_step(told: StepReport) -> None:
            last_step.hear(told)
            advance(told.step, told.last)

        outcome = train(
            training.task,
            training.batches,
            training.run,
            on_step,
            validation=training.validation,
            boards=training.boards,
            tell=tell,
        )
    _show(training, outcome, last_step, console, as_json and rank() == 0)


class LastStep:
    """The last step that was told, in words."""

    def __init__(self) -> None:
        self.told: StepReport | None = None
        self.metrics: dict[str, float] = {}

    def hear(self, told: StepReport) -> None:
        """Another step is done."""
        self.told, self.metrics = told, dict(told.metrics) or self.metrics

    def words(self) -> str:
        """Its loss, the pace, and what held-out data said last."""
        if self.told is None:
            return ""
        rate, waiting = self.told.pace["samples_per_second"], self.told.pace["waiting"]
        words = [f"loss {self.told.losses['loss']:.4f}"]
        words += [f"held out {self.metrics['loss']:.4f}"] if "loss" in self.metrics else []
        words += [] if rate is None or waiting is None else [f"{rate:.3g} samples/s", f"{waiting:.1%} waiting for data"]
        return ", ".join(words)


def _show(training: Training, outcome: dict[str, Any], last_step: LastStep, console: Screen, as_json: bool) -> None:
    faults = getattr(training.batches, "faults", [])
    for fault in faults:
        console.print(plain(f"bad sample, {fault.instead} stood in: {fault.message}"), soft_wrap=True)
    checkpoint = training.run.out / LATEST
    console.print(_sentence(outcome))
    if last_step.told and last_step.told.metrics:
        said = ", ".join(f"{name} {value:.4f}" for name, value in last_step.told.metrics.items())
        console.print(f"held-out data at the end: {said}")
    console.print(
        f"checkpoint {escape(str(checkpoint))}, losses beside it in losses.csv and for TensorBoard", soft_wrap=True
    )
    if as_json:
        pace = dict(last_step.told.pace) if last_step.told else {}
        metrics = dict(last_step.told.metrics) if last_step.told else {}
        bad = [{"shard": fault.shard, "key": fault.key, "reason": fault.reason} for fault in faults]
        told = {"checkpoint": str(checkpoint), "pace": pace, "validation": metrics, "notes": training.notes}
        record = {**training.task.config, **outcome, **told, "faults": bad}
        Screen(highlight=False).print(json.dumps(record), soft_wrap=True, markup=False)


def _sentence(outcome: dict[str, Any]) -> str:
    first, last = outcome["first_mean"], outcome["last_mean"]
    return (
        f"{outcome['steps']} steps: first loss {outcome['first']:.4f}, last {outcome['last']:.4f}; "
        f"mean of the first five {first:.4f}, of the last five {last:.4f} ({'lower' if last < first else 'NOT lower'})"
    )
