"""A training run as a terminal shows it: what trains on what, a bar with the loss and the pace, the outcome; for
machines a JSON object.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from faceshards.jobs.progress import progress
from faceshards.terminal import Screen, plain
from faceshards.train.loop import StepReport
from faceshards.train.options import TrainingOptions
from faceshards.train.ranks import rank

#: Trains as options say, tells each step and what the user should know, and returns what became of it.
Trainer = Callable[[TrainingOptions, Callable[[StepReport], None], Callable[[str], None]], dict[str, Any]]


def train_and_tell(options: TrainingOptions, trainer: Trainer) -> None:
    """Trains, showing how it goes; with `as_json` the outcome is one object on stdout, all else on stderr. Of several
    processes one speaks.
    """
    quiet = rank() > 0
    console = Screen(stderr=options.as_json, highlight=False, quiet=quiet)
    last_step, notes = LastStep(), []

    def tell(line: str) -> None:
        notes.append(line)
        console.print(plain(line), soft_wrap=True)

    with progress("training", None, "steps", said=last_step.words, quiet=quiet) as advance:

        def on_step(report: StepReport) -> None:
            last_step.hear(report)
            advance(report.step, report.last)

        record = trainer(options, on_step, tell)
    for fault in record["faults"]:
        console.print(plain(f"bad sample, {fault['instead']} stood in: {fault['message']}"), soft_wrap=True)
    for line in _sentences(record):
        console.print(plain(line), soft_wrap=True)
    if options.as_json and not quiet:
        Screen(highlight=False).print(json.dumps({**record, "notes": notes}), soft_wrap=True, markup=False)


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


def _sentences(record: dict[str, Any]) -> list[str]:
    first, last = record["first_mean"], record["last_mean"]
    held = ", ".join(f"{name} {value:.4f}" for name, value in record["validation"].items())
    return [
        f"{record['steps']} steps: first loss {record['first']:.4f}, last {record['last']:.4f}; "
        f"mean of the first five {first:.4f}, of the last five {last:.4f} ({'lower' if last < first else 'NOT lower'})",
        *([f"held-out data at the end: {held}"] if held else []),
        f"checkpoint {record['checkpoint']}, losses beside it in losses.csv and for TensorBoard",
    ]
