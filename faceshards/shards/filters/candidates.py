"""What the author of a filter may have meant: names near to one that no index knows, and who makes what is absent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

import pyarrow as pa

from faceshards.shards.index.index import RESERVED
from faceshards.shards.index.lazy_rows import LazyRows
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.scalars import SCALARS

#: The engine's words for a name that it does not know; a dotted one is taken for a table's.
_UNKNOWN = re.compile(r'Referenced (?:column|table) "(?P<name>[^"]+)" not found')
_TEXT = re.compile(r"'(?:[^']|'')*'")
#: Makers that are no stage of `faceshards curate`.
_SOURCES = {
    "pack": "packing",
    "import": "the import of old shards",
    "persons": "`faceshards identity`",
    "split": "`faceshards split`",
    "judgements": "`faceshards judgements save`",
    "remove": "a removal on request",
}
_NEAREST, _MOST = 4, 12


def engine_says(message: str, expression: str, table: pa.Table | LazyRows) -> str:
    """Why an expression does not evaluate on an index, from the engine's message: for an unknown name what is near to
    it, for all else the engine's own words without its drawing of the place.
    """
    unknown = _UNKNOWN.search(message)
    if not unknown:
        return " ".join(message.partition("\n\nLINE ")[0].split())
    name = unknown["name"]
    return f"there is no column {name!r}: {_meant(name, expression, table.schema.names)}"


def _meant(name: str, expression: str, present: list[str]) -> str:
    if name in present:
        return f'a name with a dot stands in double quotes: "{name}".size'
    if name in COLUMNS:
        return f"no shard here has it; {made_by([name])}"
    known = list(dict.fromkeys([*present, *SCALARS, *(one for one in COLUMNS if "." in one)]))
    near = get_close_matches(name.lower(), known, _NEAREST, 0.55)
    which = "the nearest are" if near else "there are"
    meant = f"{which} {', '.join(_with_maker(one) for one in near or _measured(known))}"
    quoted = "; double quotes name a column, text stands in single ones" if f'"{name}"' in expression else ""
    return f"{meant} (`faceshards inspect` shows what these shards have){quoted}"


def _measured(known: list[str]) -> list[str]:
    """Names that a filter may well want: those of stages, a user's own, those of packing; the first of them."""
    names = [one for one in known if one not in COLUMNS]
    return sorted(names, key=lambda one: one in RESERVED or _maker(one) in _SOURCES)[:_MOST]


def _maker(name: str) -> str:
    one = COLUMNS.get(name) or SCALARS.get(name)
    return one.maker if one else ""


def _with_maker(name: str) -> str:
    maker = _maker(name)
    return f"{name} (stage {maker})" if maker and maker not in _SOURCES else name


def lacking(expression: str, table: pa.Table) -> tuple[str, ...]:
    """The scalars of the format that an expression names and no row of the index has a value of."""
    words = {word.lower() for word in re.findall(r"\w+", _TEXT.sub("", expression))}
    return tuple(name for name in SCALARS if name in words and not _has(table, name))


def _has(table: pa.Table, name: str) -> bool:
    return name in table.column_names and table[name].null_count < table.num_rows


def made_by(names: Iterable[str]) -> str:
    """Who makes these columns or scalars, and by which command."""
    makers = list(dict.fromkeys(_maker(name) for name in names))
    stages = [maker for maker in makers if maker not in _SOURCES]
    told = [f"it comes with {_SOURCES[maker]}" for maker in makers if maker in _SOURCES]
    if stages:
        who = f"the stages {', '.join(stages)} make it" if len(stages) > 1 else f"the stage {stages[0]} makes it"
        told.append(f"{who}: `faceshards curate SHARDS --stages {','.join(stages)}`")
    return "; ".join(told)
