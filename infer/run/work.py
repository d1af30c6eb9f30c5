"""The run of an inference: inputs in batches, one bad input recorded while the work goes on, counts that add up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from faceshards.errors import ClipError, ColumnError, DamagedShard, ShardError, UsageError
from faceshards.infer.given.inputs import Input, Inputs, RefusedInput
from faceshards.infer.given.media import InputMedia, OpenMedia
from faceshards.infer.run.results import Results
from faceshards.jobs.progress import Advance
from faceshards.jobs.report import Report
from faceshards.packing.sources.archive import readable

#: Inputs that a report names, beside the first of each reason.
_MOST_LISTED = 1000

Prepared = TypeVar("Prepared")


@dataclass(frozen=True)
class InferredFiles:
    """What a network says of an input: `files`, suffix -> bytes, and a `record` of plain values."""

    files: dict[str, bytes]
    record: dict[str, Any]


class Inference(Protocol[Prepared]):
    """A network with all about it."""

    @property
    def made(self) -> dict[str, Any]:
        """Plain values: what its answers depend on beside the input."""

    @property
    def notes(self) -> Sequence[str]:
        """What the user should know."""

    def prepared(self, media: InputMedia) -> Prepared:
        """What goes into the network of an input. Raises ClipError, ColumnError, DamagedShard."""

    def answers(self, given: Sequence[Input], prepared: Sequence[Prepared]) -> list[InferredFiles]:
        """What the network says of a batch."""


@dataclass
class InferReport(Report):
    """The run report of an inference. `rejected`: the inputs of which nothing came; `notes`: what the user should know.
    Counts: `written` and `standing` answers, `others`: files of folders that are of no kind to look at.
    """

    rejected: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def reject(self, step: str, one: RefusedInput) -> None:
        """Counts an input of which nothing comes."""
        is_first = one.code not in self.failed.get(step, {})
        self.add_failed(step, one.code)
        if len(self.rejected) < _MOST_LISTED or is_first:
            self.rejected.append({"name": readable(one.told), "code": one.code, "reason": readable(one.reason)})


@dataclass
class InferenceRun(Generic[Prepared]):
    """Inputs that become answers. `said` is told of each one that is written."""

    inference: Inference[Prepared]
    results: Results
    report: InferReport
    batch_size: int = 8
    said: Callable[[Input, InferredFiles], None] = lambda one, answer: None

    def run(self, inputs: Inputs, advance: Advance = lambda done, known: None) -> None:
        """Does what is to be done; what is current is passed over.

        Raises UsageError, before any work, where results of something else stand under an input's name; StorageError.
        """
        for one in inputs.refused:
            self.report.reject("read", one)
        if inputs.others:
            self.report.add_count("others", inputs.others)
        with OpenMedia() as opened:
            waiting = self._to_do(inputs.taken, opened)
            done, total = len(inputs.taken) - len(waiting), len(inputs.taken)
            for start in range(0, len(waiting), self.batch_size):
                advance(done + start, total)
                self._batch(waiting[start : start + self.batch_size], opened)
            advance(total, total)

    def _to_do(self, inputs: Sequence[Input], opened: OpenMedia) -> list[Input]:
        """Those whose answers are not there already."""
        waiting = []
        for one in inputs:
            if self.results.is_report(one.name):
                rule = f"the run's report is called {one.name}.json: give the input another name"
                self.report.reject("read", RefusedInput(one.told, "duplicate-entry", rule))
                continue
            if not (standing := self.results.standing(one.name)):
                waiting.append(one)
                continue
            if str(one.place) in (str(path.absolute()) for path in standing):
                raise UsageError(f"{one.told} would be replaced by its own result: name another --out")
            try:
                current = self.results.is_current(one.name, opened(one).read())
            except (ClipError, ShardError) as error:
                self._reject(one, error)
                continue
            if current:
                self.report.add_whole()
                self.report.add_count("standing", 1)
            else:
                waiting.append(one)
        return waiting

    def _batch(self, inputs: Sequence[Input], opened: OpenMedia) -> None:
        good, reads, prepared = [], [], []
        for one in inputs:
            try:
                media = opened(one)
                ready = self.inference.prepared(media)
                reads.append(media.read())
            except (ClipError, ColumnError, ShardError) as error:
                self._reject(one, error)
                continue
            good.append(one)
            prepared.append(ready)
        answers = self.inference.answers(good, prepared) if good else []
        for one, read, answer in zip(good, reads, answers, strict=True):
            self.results.write(one.name, read, answer.files, {"input": readable(one.told), **answer.record})
            self.report.add_whole()
            self.report.add_count("written", 1)
            self.said(one, answer)

    def _reject(self, one: Input, error: Exception) -> None:
        code = error.code if isinstance(error, ClipError) else _code(error)
        self.report.reject("read", RefusedInput(one.told, code, str(error)))


def _code(error: Exception) -> str:
    """One of `errors.REASONS`."""
    if isinstance(error, ColumnError):
        return "bad-column"
    return "wrong-crc" if isinstance(error, DamagedShard) else "unreadable-entry"
