"""Recipes: filters by name, so that what counts as good is written down once and is the same for every command.

A recipe file is TOML, a line a recipe: `talking-v1 = "face_share >= 0.95 AND snr_db >= 8"`. Names have a hyphen, which
no column has, and say their version: a threshold that moves is another recipe.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from faceshards.errors import UsageError

#: Where a project keeps its own recipes, in the working directory.
OWN = Path("recipes")
#: Those that come with the package.
SHIPPED = Path(str(files("faceshards.recipes"))).resolve()
_NAME = re.compile(r"[0-9]*[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)+")
_IN_FILE = re.compile(r"(?P<file>.+\.toml)(:(?P<name>[^:]+))?")


@dataclass(frozen=True)
class Recipe:
    """A filter by name, and the file that it stands in."""

    name: str
    where: str
    file: Path


def recipes() -> list[Recipe]:
    """All that are found by name: those that come with the package, then those of `recipes/` in the working directory,
    each by file and place. Raises UsageError for a file that is no recipe file."""
    folders = dict.fromkeys((SHIPPED, OWN.resolve()))
    return [one for folder in folders for file in sorted(folder.glob("*.toml")) for one in read_recipes(file)]


def read_recipes(file: Path) -> list[Recipe]:
    """The recipes of a file. Raises UsageError where it cannot be read, or holds anything but named expressions."""
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}: name a recipe file that can be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f'{file}: no recipe file ({error}): write lines of the form my-name = "expression"') from error
    for name, where in table.items():
        if not (_NAME.fullmatch(name) and isinstance(where, str) and where.strip()):
            raise UsageError(f'{file}: {name!r} is no recipe: write my-name = "expression", the name with a hyphen')
    return [Recipe(name, where, file) for name, where in table.items()]


def expression_of(text: str) -> str:
    """The expression that a filter stands for: that of a recipe's name (`talking-v1`), of one in a file
    (`mine.toml:good-v2`, or `mine.toml` where it holds only one), or the text itself.

    Raises UsageError for a recipe that is not there or is there twice, and for an empty filter.
    """
    if not isinstance(text, str) or not text.strip():
        raise UsageError(
            f"where={text!r} is no filter: give an expression, such as 'face_share > 0.9', or a recipe's name "
            "(`faceshards recipes` lists them); for all rows leave it out"
        )
    if _NAME.fullmatch(text):
        return _only(text, [one for one in recipes() if one.name == text])
    if in_file := _IN_FILE.fullmatch(text.strip()):
        found, name = read_recipes(Path(in_file["file"])), in_file["name"]
        return _only(text, [one for one in found if name in (None, one.name)])
    return text


def _only(text: str, found: list[Recipe]) -> str:
    """The one expression that was found."""
    if not found:
        known = ", ".join(dict.fromkeys(one.name for one in recipes()))
        raise UsageError(
            f"no recipe {text!r}: known are {known} (`faceshards recipes` shows them); your own stand in recipes/*.toml"
            " here, or are named by their file: mine.toml:good-v2"
        )
    if len({one.where for one in found}) > 1:
        said = " and ".join(f"{one.name} of {one.file}" for one in found)
        raise UsageError(f"recipe {text!r} may be {said}, which differ: name one, as in mine.toml:good-v2")
    return found[0].where
