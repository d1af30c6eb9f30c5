"""A training run as a terminal shows it: what trains on what, a bar with the loss, the outcome; for machines a JSON
object.
"""

from __future__ import annotations

import json
from typing import Any

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from faceshards.terminal import Screen
from faceshards.train.batches import Batches
from faceshards.train.loop import LATEST, TrainingRun, train
from faceshards.train.tasks.task import Task


def train_and_tell(task: Task, batches: Batches, run: TrainingRun, notes: list[str], *, as_json: bool) -> None:
    """Trains, showing the loss as it goes; with `as_json` the outcome is one object on stdout, all else on stderr."""
    console = Screen(stderr=as_json, highlight=False)
    for note in notes:
        console.print(escape(note), soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("training", total=run.steps)
        outcome = train(
            task,
            batches,
            run,
            lambda step, loss: progress.update(bar, completed=step, description=f"loss {loss:10.4f}"),
        )
    faults = getattr(batches, "faults", [])
    for fault in faults:
        console.print(escape(f"bad sample, {fault.instead} stood in: {fault.message}"), soft_wrap=True)
    checkpoint = run.out / LATEST
    console.print(_sentence(outcome))
    console.print(
        f"checkpoint {escape(str(checkpoint))}, losses beside it in losses.csv and for TensorBoard", soft_wrap=True
    )
    if as_json:
        bad = [{"shard": fault.shard, "key": fault.key, "reason": fault.reason} for fault in faults]
        record = {**task.config, **outcome, "checkpoint": str(checkpoint), "notes": notes, "faults": bad}
        Screen(highlight=False).print(json.dumps(record), soft_wrap=True, markup=False)


def _sentence(outcome: dict[str, Any]) -> str:
    first, last = outcome["first_mean"], outcome["last_mean"]
    return (
        f"{outcome['steps']} steps: first loss {outcome['first']:.4f}, last {outcome['last']:.4f}; "
        f"mean of the first five {first:.4f}, of the last five {last:.4f} ({'lower' if last < first else 'NOT lower'})"
    )
