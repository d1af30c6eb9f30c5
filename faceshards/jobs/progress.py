"""A progress bar on stderr that is quiet where nobody watches: no terminal, no output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Tells how far the work is: units done, of how many (None: not known).
Advance = Callable[[int, int | None], None]


@contextmanager
def progress(title: str, total: int | None = None, unit: str = "clips") -> Iterator[Advance]:
    """Shows a bar while the block runs; the block calls the yielded function with (done, total).

    The bar leaves nothing behind, and without a terminal on stderr nothing is written at all.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from faceshards.terminal import Screen

    console = Screen(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done, known: bar.update(task, completed=done, total=total if known is None else known)
