"""`faceshards bench`: measurements that anybody can repeat."""

from __future__ import annotations

import typer

from faceshards.bench.curate.command import curate
from faceshards.bench.gpu import gpu
from faceshards.bench.shards.command import shards
from faceshards.bench.stream.command import stream
from faceshards.bench.viewer.command import viewer
from faceshards.bench.views.command import views

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    no_args_is_help=True,
)


@app.callback()
def bench() -> None:
    """Measure this project against the tools that people use instead, on your machine.

    Example: faceshards bench shards --quick --only small
    """


app.command("shards")(shards)
app.command("stream")(stream)
app.command("views")(views)
app.command("viewer")(viewer)
app.command("curate")(curate)
app.command("gpu")(gpu)
