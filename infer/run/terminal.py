"""A run of an inference as a terminal shows it: notes, a bar, a closing table; for machines a JSON object."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from faceshards.errors import SourceError, UsageError
from faceshards.infer.given.inputs import Input, Inputs, listed
from faceshards.infer.run.results import REPORT, Results, as_json, with_suffix
from faceshards.infer.run.show import show
from faceshards.infer.run.work import Inference, InferenceRun, InferredFiles, InferReport
from faceshards.jobs.progress import progress
from faceshards.packing.sources.archive import readable
from faceshards.shards.storage.atomic import write_atomic
from faceshards.terminal import Screen, plain

#: Pictures that are opened, however many were made.
_MOST_SHOWN = 8


@dataclass(frozen=True)
class InferenceOptions:
    """What a command was asked for: its inputs, where results go, how many inputs go through the network at a time;
    whether a result is a picture.
    """

    command: str
    paths: Sequence[str]
    out: Path
    batch_size: int = 8
    where: str | None = None
    force: bool = False
    show: bool = False
    as_json: bool = False
    pictures: bool = True

    @property
    def single(self) -> bool:
        """Whether the results have the name of one file."""
        return self.pictures and self.out.suffix.lower() == ".png" and not self.out.is_dir()

    def inputs(self, suffixes: Collection[str]) -> Inputs:
        """Raises UsageError as `listed`, and for several inputs that cannot all have one name."""
        if not self.paths:
            raise UsageError(f"{self.command} needs something to work on: name files, folders or shards")
        found = listed(self.paths, suffixes, self.where)
        count = len(found.taken) + len(found.refused)
        if self.single and count > 1:
            raise UsageError(f"{self.out} is one picture and there are {count} inputs: name a folder with --out")
        if not self.single and self.out.exists() and not self.out.is_dir():
            raise UsageError(f"{self.out} is a file: name a folder, or a .png for one input")
        return found


def infer_and_tell(asked: InferenceOptions, inputs: Inputs, inference: Inference[Any], results: Results) -> None:
    """Does the work and says how it went, on stderr where stdout is a machine's.

    Raises UsageError, StorageError, and SourceError where nothing came of any input.
    """
    console = Screen(stderr=asked.as_json, highlight=False)
    told: list[dict[str, Any]] = []
    report = InferReport(
        asked.command, readable(", ".join(asked.paths)), files=[str(asked.out)], notes=list(inference.notes)
    )
    for note in report.notes:
        console.print(plain(note, "yellow"), soft_wrap=True)
    work = InferenceRun(inference, results, report, asked.batch_size, _listener(told, results, asked))
    with results.held():
        with progress(escape(asked.command), len(inputs.taken), "inputs") as advance:
            work.run(inputs, advance)
        nothing = f"nothing came of {report.seen} inputs" if report.seen and not report.whole else None
        report.close(nothing and (report.rejected[0]["reason"] if report.seen == 1 else nothing))
        if not asked.single and report.whole:
            write_atomic(asked.out / REPORT, as_json(report.record()), durable=False)
    if report.error is None or report.seen > 1:
        console.print(closing_table(report))
    if asked.show:
        for line in show([Path(one["out"]) for one in told[:_MOST_SHOWN]]):
            console.print(plain(line), soft_wrap=True)
    if asked.as_json:
        Screen(highlight=False).print(json.dumps({**report.record(), "results": told}), soft_wrap=True, markup=False)
    if report.error:
        raise SourceError(f"{report.source}: {report.error}")


def _listener(
    told: list[dict[str, Any]], results: Results, asked: InferenceOptions
) -> Callable[[Input, InferredFiles], None]:
    """Keeps of each answer what is shown at the end."""

    def said(one: Input, answer: InferredFiles) -> None:
        if asked.as_json or len(told) < _MOST_SHOWN:
            suffix = next(iter(answer.files))
            out = readable(str(with_suffix(results.stem(one.name), suffix)))
            told.append({"input": readable(one.told), "out": out, **answer.record})

    return said


def closing_table(report: InferReport) -> Table:
    """Inputs in, answered and not, by reason, which add up; where the answers are."""
    table = Table(title=f"infer {escape(report.command)}", title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("inputs", str(report.seen))
    table.add_row("answered", str(report.whole))
    if report.counts.get("standing"):
        table.add_row("  of these before", f"{report.counts['standing']}, passed over: --force does them again")
    table.add_row("not answered", str(report.failures))
    for code, count in sorted(report.failed.get("read", {}).items()):
        first = next(one for one in report.rejected if one["code"] == code)
        table.add_row(f"  {code}", escape(f"{count}, such as {first['name']}: {first['reason']}"))
    if report.counts.get("others"):
        table.add_row("files passed over", f"{report.counts['others']}, of no kind that is taken")
    table.add_row("to", escape(report.files[0]))
    return table
