"""A command as typer parses it, with what all of ours share: -h, plain types in the help, paths that are no URLs."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import typer
from typer.main import get_command

from faceshards.commands import COMMANDS, Command
from faceshards.errors import UsageError
from faceshards.shards.storage.url import on_disk, place

HELP = ["--help", "-h"]
_ELSEWHERE = "this is read or written on a disk, not in a store: name a path of this machine"


def parser_of(target: Any) -> Any:
    """The parser of a typer app, or of a command function.

    A parameter whose type is `Path` is of this machine: a URL is refused by name, before any work. A command that takes
    URLs declares `str`, and makes places of them (`shards.storage.url.place`).
    """
    app = target if isinstance(target, typer.Typer) else _app_of(target)
    for info in app.registered_commands:
        if info.callback is not None:
            _leave_permissions_to_us(info.callback)
            info.callback = on_this_machine(info.callback)
    parser = get_command(app)
    _plain_types(parser)
    return parser


def parser_at(command: Command) -> Any:
    """The parser of a command of the front door, which is imported for it."""
    return parser_of(getattr(import_module(command.module), command.attribute))


def every_parser() -> Iterator[tuple[str, Any]]:
    """The words and the parser of every command, and of what stands below it: `pack`, `pack vfhq`, ...; imports all."""
    for name, command in COMMANDS.items():
        waiting = [(name, parser_at(command))]
        while waiting:
            words, parser = waiting.pop()
            yield words, parser
            waiting += [(f"{words} {below}", one) for below, one in getattr(parser, "commands", {}).items()]


def is_group(parser: Any) -> bool:
    """Whether it has commands of its own."""
    return bool(getattr(parser, "commands", None))


def _app_of(function: Callable[..., object]) -> typer.Typer:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")
    app.command()(function)
    return app


def _leave_permissions_to_us(function: Callable[..., object]) -> None:
    """typer looks whether a path may be read, and calls it a wrong word: what opens it says what is wrong with it."""
    # Annotations that stand as text would be evaluated anew.
    function.__annotations__ = kinds = get_type_hints(function, include_extras=True)
    for kind in kinds.values():
        for one in getattr(kind, "__metadata__", ()):
            if hasattr(one, "readable"):
                one.readable = False


def on_this_machine(function: Callable[..., object]) -> Callable[..., object]:
    """The command, which raises UsageError for a URL, of a store or the Hub, where it takes a `Path`."""

    @functools.wraps(function)
    def command(*given: Any, **named: Any) -> object:
        for value in (*given, *named.values()):
            for one in _paths(value):
                on_disk(place(one), _ELSEWHERE)
                _refuse_hub(one)
        return function(*given, **named)

    return command


def _paths(value: Any) -> Iterator[Path]:
    for one in value if isinstance(value, (list, tuple)) else (value,):
        if isinstance(one, Path):
            yield one


def _refuse_hub(path: Path) -> None:
    if str(path).startswith("hf:/") and not os.path.lexists(path):  # a `Path` has one slash of the two
        said = f"hf://{str(path).removeprefix('hf:').lstrip('/')}"
        raise UsageError(f"{said}: a data set of the Hub is packed by faceshards pack hf {said}, and read nowhere else")


def _plain_types(parser: Any) -> None:
    """In the help, a flag has no type, for it takes no value; one of many values has the type of each."""
    context = typer.Context(parser, help_option_names=HELP)
    for one in parser.get_params(context):  # with the one of --help
        if getattr(one, "is_flag", False):
            one.metavar = one.metavar or ""
        elif hasattr(one, "display_type_rich"):  # typers before 0.20 write TEXT and PATH
            shown = re.sub(r"list\[(\w+)\]", lambda kind: kind[1].lower(), one.display_type_rich(context))
            one.display_type_rich = functools.partial(_shown, shown)
    for below in getattr(parser, "commands", {}).values():
        _plain_types(below)


def _shown(text: str, ctx: Any) -> str:
    return text
