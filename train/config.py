"""`--config`: the options of a training by name, from a TOML file or from a preset that comes with the package.

A file is a flat table, an option a line, named as on the command line: `batch-size = 16` (or `batch_size`). What stands
on the command line wins. A preset says with `task = "voice-encoder"` for which command it is meant.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

import typer

from faceshards.errors import UsageError
from faceshards.secrets import masked
from faceshards.shards.storage.atomic import write_atomic

#: The file in a run's folder that says with which options it ran: it can be given as `--config`.
NAME = "config.toml"
#: Where the presets are, a file each.
PRESETS = Path(str(files("faceshards.train"))).resolve() / "presets"

# What is of one call alone.
_NOT_KEPT = ("config", "resume", "as_json")


def presets() -> dict[str, Path]:
    """Name -> file of each preset."""
    return {file.stem: file for file in sorted(PRESETS.glob("*.toml"))}


def from_config(context: typer.Context, config: str | None) -> str | None:
    """The callback of the option `--config`: what the file says becomes the defaults of the other options.

    Raises UsageError for a file that is not there or is no such table, names no option, or is meant for another task.
    """
    if config is not None:
        options = {_spelled(one.opts): one for one in context.command.params}
        given = _read(config)
        _check_task(config, given.pop("task", None), context)
        context.default_map = {}
        for name, value in given.items():
            option: Any = options.get(name.replace("_", "-"))
            if option is None or option.name == "config":
                raise UsageError(f"--config {config}: no option {name!r}: {_near(name, options)}")
            many = option.multiple and not isinstance(value, list)
            context.default_map[option.name] = [value] if many else value
    return config


def kept(task: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a run's options wherever they are kept, plain values; what is of one call alone is left out, and
    passwords in URLs are masked.
    """
    said = {name: value for name, value in options.items() if value is not None and name not in _NOT_KEPT}
    return {"task": task, **{name: _plain(value) for name, value in said.items()}}


def write_config(folder: Path, told: Mapping[str, Any]) -> None:
    """Writes the options of a run, as `kept` tells them, into its folder."""
    # Texts, numbers, truth values and lists of them are written in TOML as in JSON.
    lines = [f"{name.replace('_', '-')} = {json.dumps(value, ensure_ascii=False)}" for name, value in told.items()]
    write_atomic(folder / NAME, ("\n".join(lines) + "\n").encode())


def _read(config: str) -> dict[str, Any]:
    file = presets().get(config, Path(config))
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        known = ", ".join(presets()) or "none"
        raise UsageError(f"--config {config}: no such file, and no preset: the presets are {known}") from None
    except OSError as error:
        raise UsageError(f"--config {config}: {error.strerror}: name a TOML file or a preset") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"--config {config}: it is no TOML file ({error}): write lines such as lr = 0.001") from error
    if tables := [name for name, value in table.items() if isinstance(value, dict)]:
        raise UsageError(f"--config {config}: [{tables[0]}] is a table: write the options without one, a line each")
    return table


def _check_task(config: str, task: Any, context: typer.Context) -> None:
    if task not in (None, context.info_name):
        raise UsageError(f"--config {config} is for {task}: say faceshards train {task} --config {config}")


def _spelled(words: Iterable[str]) -> str:
    """An option's name as it is written: `batch-size` of --batch-size."""
    return max(words, key=len).lstrip("-")


def _near(name: str, options: Iterable[str]) -> str:
    near = get_close_matches(name.replace("_", "-"), options, 1)
    return f"did you mean {near[0]}?" if near else "`--help` lists them"


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return masked(str(value)) if isinstance(value, (str, Path)) else value
