"""A command line that makes no sense, told as all else is: the thing, the rule, the remedy, on one line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import typer

_NEAREST = 3


def wrong_words(raised: BaseException, command: str) -> str:
    """What is wrong with the line of a command by typer's parser; empty where the error is no such one."""
    if not isinstance(raised, typer.BadParameter.__mro__[2]):  # click's base of them, of which typer has its own copy
        return ""
    error: Any = raised
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", command)
    told = _told(error, context) or " ".join(error.format_message().split())
    return f"{told} (`{path} --help` teaches)"


def nearest(word: str, known: Iterable[str]) -> str:
    """`the nearest are ...`; all that there are, where nothing is near."""
    known = list(known)
    near = get_close_matches(word, known, _NEAREST, 0.55) or [one for one in known if word and one.startswith(word)]
    if near:
        return f"the nearest {'is' if len(near) == 1 else 'are'} {', '.join(near[:_NEAREST])}"
    return f"there are {', '.join(known)}"


def _told(error: Any, context: Any) -> str:
    kinds = {one.__name__ for one in type(error).__mro__}
    said = " ".join(str(error.message).split()).rstrip(".")
    if "NoSuchOption" in kinds:
        return f"no option {error.option_name}: {nearest(error.option_name, _options(context))}"
    if "MissingParameter" in kinds and error.param is not None:
        return f"{_name(error.param)} is missing: {_help(error.param)}"
    if "BadParameter" in kinds and error.param is not None:
        return f"{_name(error.param)} {_rule(error, said)}"
    if match := re.match(r"No such command '([^']*)'", said):
        return f"no command {match[1]!r}: {nearest(match[1], context.command.commands)}"
    if match := re.fullmatch(r"Got unexpected extra argument\S* \((.*)\)", said):
        return f"{match[1]!r} is too much: {_arguments(context)}"
    if match := re.fullmatch(r"Option '?(.+?)'? requires an argument", said):
        return f"{match[1]} lacks its value"
    return ""


def _rule(error: Any, said: str) -> str:
    """What a value must be, and what it is; where the parser does not tell the value, its own words."""
    said = said.removeprefix("Value error, ")
    problems = getattr(error.__cause__, "errors", None)  # pydantic's, on which newer typers stand
    if callable(problems) and (match := re.match(r"Input should be (.*?)(, unable .*)?$", said)):
        return f"must be {match[1]}, got {problems()[0].get('input')!r}"
    return f"makes no sense: {said}"


def _options(context: Any) -> list[str]:
    """The long names of all options of the command, --help among them."""
    return [name for one in context.command.get_params(context) for name in one.opts if name.startswith("--")]


def _arguments(context: Any) -> str:
    names = [_name(one) for one in context.command.params if one.param_type_name == "argument"]
    return f"it takes {', '.join(names) if names else 'options only'}"


def _name(parameter: Any) -> str:
    return parameter.opts[0] if parameter.param_type_name == "option" else parameter.name.upper()


def _help(parameter: Any) -> str:
    said = (getattr(parameter, "help", None) or "it must be given").rstrip(".")
    return f"{said[:1].lower()}{said[1:]}" if said[1:2].islower() else said
