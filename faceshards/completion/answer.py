"""What may stand behind the words of a command line so far. Nothing of a command is imported: see `table.py`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faceshards.completion.shell import lines

_WORDS = Path(__file__).with_name("words.json")
#: In values of these, several names stand with commas between.
_LISTS = ("stages", "columns")


def answer(shell: str, words: Sequence[str]) -> str:
    """What a shell is told of a line whose last word is being typed; empty where it may offer files."""
    typed = _joined(words) if shell == "bash" else list(words)
    found = candidates(typed)
    if shell == "bash" and typed and typed[-1].startswith("--") and "=" in typed[-1]:  # bash breaks words there
        found = {name.partition("=")[2]: help for name, help in found.items()}
    return lines(shell, found)


def candidates(words: Sequence[str]) -> dict[str, str]:
    """Word -> what it is ("" where that goes without saying), of all that may stand in the place of the last word."""
    *before, current = words or [""]
    table = json.loads(_WORDS.read_text("utf-8"))
    command, rest = _command(table["commands"], before)
    options = command["options"]
    if before and before[-1] in options and options[before[-1]] is not None:
        found = _values(table, options[before[-1]], current)
    elif current.startswith("--") and "=" in current:
        name, _, begun = current.partition("=")
        found = {f"{name}={one}": "" for one in _values(table, options.get(name), begun)}
    elif current.startswith("-"):
        found = dict.fromkeys(options, "")
    else:
        found = dict(command.get("commands", {})) | _values(table, _argument(command, rest), current)
    return {word: help for word, help in found.items() if word.startswith(current)}


def _command(commands: dict[str, Any], words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The command that words lead to, and those of them that are its own."""
    path = ""
    for number, word in enumerate(words):
        below = f"{path} {word}".strip()
        if word in commands[path].get("commands", ()):
            path = below
        elif default := commands[path].get("default"):
            return commands[f"{path} {default}"], list(words[number:])
        else:
            return commands[path], list(words[number:])
    return commands[path], []


def _argument(command: dict[str, Any], words: Sequence[str]) -> Any:
    """What the next argument is: the last one may be given again and again."""
    options, arguments = command["options"], command.get("arguments", [])
    values = [word for one, word in zip(["", *words], words, strict=False) if options.get(one) is None]
    given = sum(not word.startswith("-") for word in values)
    return arguments[min(given, len(arguments) - 1)] if arguments else ""


def _values(table: dict[str, Any], kind: str | list[str] | None, begun: str) -> dict[str, str]:
    if isinstance(kind, list):
        return dict.fromkeys(kind, "")
    if kind == "recipes":
        return _recipes()
    known = [*table["names"].get(kind or "", ()), *(_offered() if kind == "stages" else ())]
    given = begun.split(",")[:-1] if kind in _LISTS else []
    return {",".join([*given, one]): "" for one in known if one not in given}


def _recipes() -> dict[str, str]:
    from faceshards.errors import UsageError
    from faceshards.shards.filters.recipes import recipes

    try:
        return {one.name: one.where for one in recipes()}
    except UsageError:  # a file that is no recipe file: the command itself says so
        return {}


def _offered() -> list[str]:
    """The stages of other packages that are installed: `faceshards.curation.table`."""
    from importlib.metadata import entry_points

    return [point.name for point in entry_points(group="faceshards.stages")]


def _joined(words: Sequence[str]) -> list[str]:
    """Words as they were typed: bash makes three of `--out=x`."""
    found: list[str] = []
    for word in words:
        if found and (word == "=" or found[-1].endswith("=")) and found[-1].startswith("--"):
            found[-1] += word
        else:
            found.append(word)
    return found
