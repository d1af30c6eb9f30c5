"""Parameters of stages by name, from the command line and from a file: `--set faces.every=5`, `--config curate.toml`.

A stage's frozen dataclass says which there are, of which type, and what stands where nothing is said.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from faceshards.curation.engine.stage import Stage
from faceshards.errors import UsageError


def configured(kinds: Sequence[type[Stage[Any]]], given: Mapping[str, Mapping[str, Any]]) -> list[Stage[Any]]:
    """The stages with their parameters: `given` maps a stage's name to values by parameter.

    Raises UsageError for a stage that does not run, a parameter that it lacks, and a value of another type.
    """
    names = [kind.name for kind in kinds]
    for name in given:
        if name not in names:
            raise UsageError(f"parameters are given for the stage {name}, which does not run: add it to --stages")
    return [_configured(kind, given.get(kind.name, {})) for kind in kinds]


def _configured(kind: type[Stage[Any]], given: Mapping[str, Any]) -> Stage[Any]:
    types = get_type_hints(kind.parameters)
    hints = {name: types[name] for name in parameters_of(kind)}
    for name, value in given.items():
        if name not in hints:
            near = get_close_matches(name, hints, 1) or list(hints)
            raise UsageError(f"stage {kind.name} has no parameter {name}: it has {', '.join(near) or 'none'}")
        if not _fits(value, hints[name]):
            raise UsageError(f"{kind.name}.{name} must be {_said(hints[name])}, got {value!r}")
    floats = {name for name, hint in hints.items() if hint is float}
    values = {name: float(value) if name in floats else value for name, value in given.items()}
    return kind(kind.parameters(**values)).planned()


def given_by(settings: Sequence[str], config: Path | None) -> dict[str, dict[str, Any]]:
    """Stage -> parameter -> value, from a TOML file of a table a stage, then from words `STAGE.PARAMETER=VALUE`.

    A value is read as TOML where it is any (5, 0.5, true, [1, 2], "text"), else it is text. Raises UsageError.
    """
    given = {} if config is None else _read(config)
    for word in settings:
        left, equals, value = word.partition("=")
        stage, dot, name = left.strip().partition(".")
        if not (equals and dot and stage and name):
            raise UsageError(f"--set takes STAGE.PARAMETER=VALUE, such as faces.every=5; got {word!r}")
        given.setdefault(stage, {})[name] = _value(value.strip())
    return given


def _read(config: Path) -> dict[str, dict[str, Any]]:
    try:
        found = tomllib.loads(config.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"--config {config}: {error.strerror}: name a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"--config {config}: it is no TOML file: {error}") from error
    loose = [name for name, table in found.items() if not isinstance(table, dict)]
    if loose:
        raise UsageError(f"--config {config}: {loose[0]} stands outside a table: write it below [STAGE]")
    return found


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a parameter's type; a whole number is a float, too."""
    if isinstance(hint, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    origin = get_origin(hint) or hint
    if origin is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if origin is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, origin)


def _said(hint: Any) -> str:
    """A type in words."""
    if isinstance(hint, UnionType):
        return " or ".join(_said(one) for one in get_args(hint) if one is not type(None))
    words = {int: "a whole number", float: "a finite number", str: "text", bool: "true or false"}
    return words.get(hint, getattr(hint, "__name__", str(hint)))


def parameters_of(kind: type[Stage[Any]]) -> dict[str, Any]:
    """Parameter -> what stands where nothing is said."""
    values = dataclasses.asdict(kind.parameters())
    return {one.name: values[one.name] for one in dataclasses.fields(kind.parameters) if "planned" not in one.metadata}
