"""The front door: `faceshards COMMAND`. Each package's command is imported only when it is called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

from rich.table import Table

from faceshards import __version__
from faceshards.ending import CODES, INTERRUPTED, ending_of
from faceshards.errors import UsageError
from faceshards.interrupt import watched
from faceshards.terminal import Screen, plain


class Command(NamedTuple):
    """Where a command is: `attribute` of `module`, a typer app or a function; its line in the list; what stands when it
    is interrupted.
    """

    module: str
    attribute: str
    summary: str
    stands: str


#: Name -> command.
COMMANDS = {
    "pack": Command(
        "faceshards.packing.pack",
        "app",
        "Raw clips (a zip, a tar, a folder, video files) and the field's data sets become shards.",
        "shards that were finished stand, none is half there; run it again to pack the rest",
    ),
    "export": Command(
        "faceshards.packing.exports.command",
        "app",
        "The way back: shards become the folder trees that they were packed from.",
        "files that were written stand, none is half there; run it again to go on",
    ),
    "push": Command(
        "faceshards.packing.hub.command",
        "push",
        "Shards to a data set of the Hugging Face Hub, with a card and Croissant metadata.",
        "files that were committed stand in the data set; run it again to go on",
    ),
    "curate": Command(
        "faceshards.curation.curate",
        "curate",
        "Enrich shards in place: faces, twins, spectrograms, scores.",
        "clips that were finished are kept, no shard is half rewritten; run it again to go on",
    ),
    "stages": Command(
        "faceshards.curation.stage_list",
        "stages",
        "What curate can make: what each stage needs, makes, and whether its models are here.",
        "nothing was changed",
    ),
    "dashboard": Command(
        "faceshards.jobs.grafana",
        "dashboard",
        "A dashboard for Grafana, of the metrics of runs on Ray.",
        "nothing was changed",
    ),
    "compact": Command(
        "faceshards.packing.compact.command",
        "compact",
        "New shards with only the clips that a filter chooses.",
        "new shards that were finished stand, none is half there; run it again to go on",
    ),
    "identity": Command(
        "faceshards.dataset.persons.command",
        "identity",
        "Whose clips they are: persons found by face and voice.",
        "shards that were written stand whole; run it again to go on",
    ),
    "split": Command(
        "faceshards.dataset.split.command",
        "split",
        "Train, validation and test, with nobody on two sides.",
        "shards that were written stand whole; run it again to go on",
    ),
    "dedupe": Command(
        "faceshards.dataset.duplicates.command",
        "dedupe",
        "Clips that show the same moments: listed and scored, never deleted.",
        "nothing was changed",
    ),
    "inspect": Command(
        "faceshards.viewer.inspect.inspect_shard",
        "inspect",
        "What is in a shard, is it whole, what made each column.",
        "no shard was changed",
    ),
    "view": Command(
        "faceshards.viewer.server.command",
        "view",
        "Look at clips in a browser: played from inside their tars, with what was found drawn on.",
        "judgements that were saved stand",
    ),
    "judgements": Command(
        "faceshards.dataset.judgements.command",
        "app",
        "What people said of clips: saved into the shards, as a table, merged.",
        "shards that were written stand whole, no table is half written; run it again",
    ),
    "explain": Command(
        "faceshards.viewer.lineage.explain_column",
        "explain",
        "How a column of one sample came to be, and in which state it is.",
        "nothing was changed",
    ),
    "index": Command(
        "faceshards.shards.repair.command",
        "index",
        "Build indexes, check every byte, save what is whole.",
        "indexes and shards that were written stand, none is half there; run it again to go on",
    ),
    "stats": Command(
        "faceshards.dataset.stats.command",
        "stats",
        "What a data set holds: hours, persons, languages, licences; means and deviations.",
        "nothing was changed",
    ),
    "manifest": Command(
        "faceshards.dataset.manifest.command",
        "app",
        "A data set's recipe as one file: written to cite, checked, compared.",
        "no file is half written; run it again",
    ),
    "remove": Command(
        "faceshards.dataset.removal.remove",
        "remove",
        "Samples leave the shards on request; their rows stay, empty.",
        "shards that were finished are without them, none is half there; run it again to go on",
    ),
    "drop": Command(
        "faceshards.dataset.removal.drop",
        "drop",
        "Columns leave the shards, as if their stages had not run.",
        "shards that were finished are without them, none is half there; run it again to go on",
    ),
    "recipes": Command(
        "faceshards.shards.filters.command",
        "recipes",
        "Filters that have a name: what counts as good.",
        "nothing was changed",
    ),
    "train": Command(
        "faceshards.train.fit",
        "app",
        "Train models on shards.",
        "the last checkpoint stands; run it again with --resume to go on",
    ),
    "infer": Command(
        "faceshards.infer.predict",
        "app",
        "Run trained models.",
        "what is written stands whole, run it again to go on",
    ),
    "weights": Command(
        "faceshards.models.weights.command",
        "app",
        "List, pull, add, check and convert model files.",
        "no model file is half there; run it again",
    ),
    "legacy": Command(
        "faceshards.packing.legacy_command",
        "app",
        "Import MegActor's old shards, export ours to them.",
        "tars that were finished stand, none is half there",
    ),
    "bench": Command(
        "faceshards.bench.command",
        "app",
        "Measure the project against other tools, on your machine.",
        "its figures are not complete; run it again",
    ),
    "demo": Command(
        "faceshards.bench.demo.command",
        "demo",
        "The whole road, on clips made from two portraits or on yours.",
        "what is done is kept; run it again to go on",
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command. Whatever goes wrong is one line on stderr and an exit code (`faceshards.ending.CODES`)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    name, stands = "faceshards", "nothing was begun"
    if words and words[0] in COMMANDS:
        name, stands = f"faceshards {words[0]}", COMMANDS[words[0]].stands
    with watched(INTERRUPTED, f"faceshards: interrupted: {stands}") as watch:
        try:
            code = _dispatch(words, name)
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - a traceback is nothing for a user's screen
            ending = ending_of(error, name, stands)
            code = ending.code
            if watch:
                watch.said = code == INTERRUPTED
            Screen(stderr=True, highlight=False).print(plain(f"faceshards: {ending.line}", "red"), soft_wrap=True)
    if code is not None:
        sys.exit(code)


def _dispatch(words: list[str], name: str) -> int | None:
    """The exit code of a command; None where there was none to run."""
    if not words or words[0] in ("--help", "-h", "help"):
        _print_commands()
    elif words[0] == "--version":
        Screen(highlight=False).print(f"faceshards {__version__}")
    elif words[0] not in COMMANDS:
        raise UsageError(f"no command {words[0]!r}: the commands are {', '.join(COMMANDS)}")
    else:
        return _run(COMMANDS[words[0]], words[1:], name)
    return None


def _run(command: Command, words: list[str], name: str) -> int:
    from faceshards.parser import HELP, is_group, parser_of

    parser = parser_of(getattr(importlib.import_module(command.module), command.attribute))
    asked = words or (["--help"] if is_group(parser) else [])
    code = parser.main(args=asked, prog_name=name, standalone_mode=False, help_option_names=HELP)
    if code == INTERRUPTED:  # typer makes an exit code of Ctrl-C
        raise KeyboardInterrupt
    return int(code or 0)


def _print_commands() -> None:
    screen = Screen(highlight=False)
    screen.print("Talking-face clips as WebDataset shards: packed, enriched in place, streamed into trainers.\n")
    screen.print("[bold]faceshards COMMAND --help[/] teaches each command:\n")
    screen.print(_grid({name: command.summary for name, command in COMMANDS.items()}))
    screen.print("\nShards are named by file, folder or URL: s3://, gs://, az://, http(s)://. Exit codes:\n")
    screen.print(_grid({str(code): meaning for code, meaning in CODES.items()}))


def _grid(rows: dict[str, str]) -> Table:
    grid = Table.grid(padding=(0, 3))
    for name, text in rows.items():
        grid.add_row(f"  [bold cyan]{name}", text)
    return grid


if __name__ == "__main__":
    main()
