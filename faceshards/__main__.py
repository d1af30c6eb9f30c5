"""The front door: `faceshards COMMAND`. Each package's command is imported only when it is called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from faceshards import __version__
from faceshards.errors import FaceshardsError, UsageError

#: Command -> (module, attribute: a typer app or a command function, one line for the list).
COMMANDS: dict[str, tuple[str, str, str]] = {
    "pack": ("faceshards.packing.pack", "pack", "Raw clips (a zip, a tar, a folder) become shards."),
    "curate": ("faceshards.curation.curate", "curate", "Enrich shards in place: faces, twins, spectrograms, scores."),
    "inspect": (
        "faceshards.viewer.inspect_shard",
        "inspect",
        "What is in a shard, is it whole, what made each column.",
    ),
    "index": ("faceshards.shards.repair.command", "index", "Build indexes, check every byte, save what is whole."),
    "recipes": ("faceshards.shards.filters.command", "recipes", "Filters that have a name: what counts as good."),
    "train": ("faceshards.train.fit", "app", "Train models on shards."),
    "infer": ("faceshards.infer.predict", "app", "Run trained models."),
    "weights": ("faceshards.models.weights.command", "app", "List, fetch, add and check model files."),
    "legacy": ("faceshards.packing.legacy_command", "app", "Import MegActor's old shards, export ours to them."),
    "bench": ("faceshards.bench.command", "app", "Measure the project against other tools, on your machine."),
    "demo": ("faceshards.bench.demo.command", "demo", "The whole road, on clips made from two portraits or on yours."),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command. An error of ours is one line on stderr; exit code 1, or 2 for a UsageError."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _dispatch(words)
    except FaceshardsError as error:
        Console(stderr=True).print(f"[red]faceshards: {escape(str(error))}", soft_wrap=True, highlight=False)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except KeyboardInterrupt:
        Console(stderr=True).print("[red]faceshards: interrupted")
        sys.exit(130)


def _dispatch(words: list[str]) -> None:
    if not words or words[0] in ("--help", "-h", "help"):
        _print_commands()
    elif words[0] == "--version":
        Console().print(f"faceshards {__version__}", highlight=False)
    elif words[0] not in COMMANDS:
        raise UsageError(f"no command {words[0]!r}: the commands are {', '.join(COMMANDS)}")
    else:
        _load(words[0])(args=words[1:], prog_name=f"faceshards {words[0]}")


def _load(command: str) -> Callable[..., object]:
    module, attribute, _ = COMMANDS[command]
    target = getattr(importlib.import_module(module), attribute)
    if isinstance(target, typer.Typer):
        return target
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")
    app.command()(target)
    return app


def _print_commands() -> None:
    table = Table.grid(padding=(0, 3))
    for name, (_, _, summary) in COMMANDS.items():
        table.add_row(f"  [bold cyan]{name}", summary)
    console = Console()
    console.print("Talking-face clips as WebDataset shards: packed, enriched in place, streamed into trainers.\n")
    console.print("[bold]faceshards COMMAND --help[/] teaches each command:\n")
    console.print(table)


if __name__ == "__main__":
    main()
