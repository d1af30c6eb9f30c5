"""The table of words that completion reads, `words.json`, made of all commands' parsers: `make docs` writes it.

A command by its words (`pack vfhq`; `` is the front door itself) -> `commands` below it and their summaries, the one
that is meant where none is named (`default`), `options` and `arguments`. An option's value, and an argument, is one of
`NAMES`, a list of choices, "" (a path, a number, text) or null (no value). Beside them stand the names themselves.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

FILE = Path(__file__).with_name("words.json")
#: Parameter -> whose names its value is.
NAMES = {
    "stages": "stages",
    "settings": "settings",
    "columns": "columns",
    "column": "columns",
    "embedding": "columns",
    "where": "recipes",
    "val_where": "recipes",
    "name": "weights",
    "names": "weights",
}
#: What the front door itself takes.
_DOOR = {"--help": None, "--version": None, "--install-completion": ["bash", "zsh", "fish"]}
_DOOR["--show-completion"] = _DOOR["--install-completion"]


def made() -> dict[str, Any]:
    """The table, of the commands that there are; all are imported."""
    from faceshards.commands import COMMANDS
    from faceshards.parser import every_parser

    parsers = dict(every_parser())
    commands = {"": {"commands": {name: one.summary for name, one in COMMANDS.items()}, "options": _DOOR}}
    commands |= {words: _command(parser) for words, parser in parsers.items()}
    return {"commands": dict(sorted(commands.items())), "names": _names()}


def text() -> str:
    """The table as the file holds it: a command a line."""
    table = made()
    rows = [f"  {json.dumps(words)}: {json.dumps(one)}" for words, one in table["commands"].items()]
    names = [f"  {json.dumps(kind)}: {json.dumps(known)}" for kind, known in table["names"].items()]
    return "".join(['{"commands": {\n', ",\n".join(rows), '\n}, "names": {\n', ",\n".join(names), "\n}}\n"])


def _command(parser: Any) -> dict[str, Any]:
    below = getattr(parser, "commands", {})
    hints = get_type_hints(inspect.unwrap(parser.callback)) if parser.callback else {}
    table: dict[str, Any] = {}
    if below:
        table["commands"] = {name: one.get_short_help_str(80) for name, one in below.items()}
    if getattr(parser, "default", None):
        table["default"] = parser.default
    options = [one for one in parser.params if one.param_type_name == "option"]
    table["options"] = {name: _value(one, hints) for one in options for name in one.opts if name.startswith("--")}
    table["options"]["--help"] = None
    arguments = [_value(one, hints) for one in parser.params if one.param_type_name == "argument"]
    return {**table, "arguments": arguments} if arguments else table


def _value(parameter: Any, hints: dict[str, Any]) -> str | list[str] | None:
    if getattr(parameter, "is_flag", False):
        return None
    choices = _choices(hints.get(parameter.name))
    return choices or NAMES.get(parameter.name, "")


def _choices(hint: Any) -> list[str]:
    if get_origin(hint) is Literal:
        return [str(one) for one in get_args(hint)]
    return [choice for one in get_args(hint) for choice in _choices(one)]


def _names() -> dict[str, list[str]]:
    """The names of all that comes with the package. Recipes are read where they are asked for."""
    from faceshards.curation.parameters import parameters_of
    from faceshards.curation.table import stage_table
    from faceshards.models.weights.table import GROUPS, WEIGHTS
    from faceshards.shards.schema.columns import COLUMNS

    own = {name: kind for name, kind in stage_table().items() if kind.__module__.startswith("faceshards.")}
    settings = [f"{name}.{one}=" for name, kind in own.items() for one in parameters_of(kind)]
    return {"stages": [*own], "settings": settings, "columns": [*COLUMNS], "weights": [*GROUPS, *WEIGHTS]}


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
