"""How far the work is: a bar on a terminal, a line now and then in a log, both on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from faceshards.terminal import Screen, plain

#: Tells how far the work is: units done, of how many (None: not known).
Advance = Callable[[int, int | None], None]
#: Seconds between two lines where stderr is no terminal.
EVERY = 30.0


@contextmanager
def progress(
    title: str,
    total: int | None = None,
    unit: str = "clips",
    every: float = EVERY,
    said: Callable[[], str] = lambda: "",
    quiet: bool = False,
) -> Iterator[Advance]:
    """Says how far the work is while the block runs; the block calls the yielded function with (done, total); `said`
    has more words.

    On a terminal a bar with the rate and the time that is left, which leaves nothing behind. Elsewhere a line every so
    many seconds: of work that takes less, nothing is written; where it is `quiet`,
    nothing ever.
    """
    console = Screen(stderr=True, quiet=quiet)
    if not console.can_redraw:
        yield _Log(console, title, unit, every, said)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit + "{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[more]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=total, rate="", more="")
        pace = _Pace()

        def advance(done: int, known: int | None) -> None:
            rate = pace.of(done)
            words = "" if rate is None else f", {rate:.3g}/s"
            bar.update(task, completed=done, total=total if known is None else known, rate=words, more=said())

        yield advance


class _Pace:
    """Units a second since the first that was told: what was done before is no work of this run."""

    def __init__(self) -> None:
        self._begin: tuple[float, int] | None = None

    def of(self, done: int) -> float | None:
        """The pace by now; None where there is none yet."""
        now = time.monotonic()
        if self._begin is None:
            self._begin = now, done
        then, before = self._begin
        return (done - before) / (now - then) if done > before and now > then else None


class _Log:
    """A line every so many seconds."""

    def __init__(self, console: Screen, title: str, unit: str, every: float, said: Callable[[], str]) -> None:
        self._console, self._title, self._unit, self._every, self._said = console, title, unit, every, said
        self._pace, self._next = _Pace(), time.monotonic() + every

    def __call__(self, done: int, known: int | None) -> None:
        rate = self._pace.of(done)
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._every
        line = f"{self._title}: {done:,}{f' of {known:,}' if known else ''} {self._unit}"
        if rate:
            line += f", {rate:.3g} a second"
            line += f", about {_lasting((known - done) / rate)} left" if known and known > done else ""
        more = self._said()
        line += f"; {more}" if more else ""
        self._console.print(plain(line), soft_wrap=True, highlight=False)


def _lasting(seconds: float) -> str:
    """A time in words of the fitting size."""
    for size, name in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"
