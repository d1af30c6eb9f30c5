"""What stands behind the front door: a command is found, run, and brought to an end that is one line."""

from __future__ import annotations

import io
import sys

from rich.table import Table

from faceshards import __version__
from faceshards.commands import COMMANDS, Command
from faceshards.ending import CODES, INTERRUPTED, ending_of
from faceshards.errors import UsageError
from faceshards.interrupt import watched
from faceshards.terminal import Screen, plain
from faceshards.wrong_words import nearest

#: What the front door takes by itself -> what it does.
OPTIONS = {
    "--help": "Show this.",
    "--version": "Say which version this is.",
    "--install-completion": "Teach your shell (or the one that is named: bash, zsh, fish) to complete these commands.",
    "--show-completion": "Print what that would teach it.",
}


def enter(words: list[str]) -> int | None:
    """Runs the command of a line; its exit code, None where there was nothing to run. Whatever goes wrong is one line
    on stderr and an exit code (`faceshards.ending.CODES`).
    """
    _show_what_can_be_shown()
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
    return code


def _show_what_can_be_shown() -> None:
    """A bar or a name that the terminal's encoding lacks (Latin-1, ASCII) is `?`, and no reason to end."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")


def _dispatch(words: list[str], name: str) -> int | None:
    """The exit code of a command; None where there was none to run."""
    if not words or words[0] in ("--help", "-h", "help"):
        _print_commands()
    elif words[0] == "--version":
        Screen(highlight=False).print(f"faceshards {__version__}")
    elif words[0] in ("--install-completion", "--show-completion"):
        from faceshards.completion.command import complete

        complete(words[0], words[1:])
    elif words[0] not in COMMANDS:
        kind, known = ("option", OPTIONS) if words[0].startswith("-") else ("command", COMMANDS)
        raise UsageError(f"no {kind} {words[0]!r}: {nearest(words[0], known)} (`faceshards --help` teaches)")
    else:
        return _run(COMMANDS[words[0]], words[1:], name)
    return None


def _run(command: Command, words: list[str], name: str) -> int:
    from faceshards.parser import HELP, is_group, parser_at

    parser = parser_at(command)
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
    screen.print("\nand takes these options alone:\n")
    screen.print(_grid(OPTIONS))
    screen.print("\nShards are named by file, folder or URL: s3://, gs://, az://, http(s)://. Exit codes:\n")
    screen.print(_grid({str(code): meaning for code, meaning in CODES.items()}))


def _grid(rows: dict[str, str]) -> Table:
    grid = Table.grid(padding=(0, 3))
    for name, text in rows.items():
        grid.add_row(f"  [bold cyan]{name}", text)
    return grid
