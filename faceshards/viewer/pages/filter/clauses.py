"""A filter in SQL as clauses that must all hold, so far as that is plain to see, and those among them that handles and
lists can show: a scalar held against a number, a text among some.

    face_share >= 0.9 AND collection IN ('VFHQ', 'GRID') AND abs(yaw) < 20
    Bound              Among                             neither: the engine's own
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

import duckdb

_NAME = r'(?P<name>[A-Za-z_]\w*|"(?:[^"]|"")+")'
_TEXT = r"'(?:[^']|'')*'"
_TEXTS = rf"{_TEXT}(?:\s*,\s*{_TEXT})*"
_TOKEN = re.compile(rf'{_TEXT}|"(?:[^"]|"")*"|[A-Za-z_]\w*|\d[\w.]*|\s+|[()\[\],.<>=!+*/%~^|&-]')
_OPEN, _CLOSE = "([", ")]"
#: Words beside which a top-level AND is no border of clauses.
_BINDING = {"OR", "BETWEEN", "CASE"}
#: Fifteen digits: a decimal of the engine, a double and an int64 are then the same number. Longer fractions are what
#: the engine makes of them; longer whole numbers are left to it.
_SURE = 15
_NUMBER = rf"-?(?:\d{{1,{_SURE}}}|(?=[\d.]{{1,30}}\s*$)\d+\.\d+)"
_KEYWORDS = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category != 'unreserved'"
_BOUND = re.compile(rf"\s*{_NAME}\s*(?P<sign>>=|<=|>|<|=)\s*(?P<value>{_NUMBER})\s*")
_EQUAL = re.compile(rf"\s*{_NAME}\s*=\s*(?P<texts>{_TEXT})\s*")
_IN = re.compile(rf"\s*{_NAME}\s+IN\s*\(\s*(?P<texts>{_TEXTS})\s*\)\s*", re.IGNORECASE)
_WORDS = re.compile(
    rf"\s*list_has_any\(split\({_NAME},\s*' '\),\s*\[\s*(?P<texts>{_TEXTS})\s*\]\)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Bound:
    """A scalar held against a number by one of >=, <=, >, <, =."""

    name: str
    sign: str
    value: int | float


@dataclass(frozen=True)
class Among:
    """A scalar that is one of some texts; of `words`, one of whose words, parted by single spaces, is among them."""

    name: str
    texts: tuple[str, ...]
    words: bool = False


def clauses(expression: str) -> list[str]:
    """The parts of an expression between its top-level ANDs; the whole where these may be no borders, as beside OR, a
    comment, or what is no expression at all.
    """
    depth, start, at, found = 0, 0, 0, []
    while at < len(expression):
        token = _TOKEN.match(expression, at)
        if token is None or expression.startswith(("--", "/*"), at):
            return [expression]
        text, end = token[0], token.end()
        if text in _OPEN or text in _CLOSE:
            depth += 1 if text in _OPEN else -1
        is_word = text[0].isalpha()
        if depth < 0 or (is_word and expression[end : end + 1] == "'"):  # E'it\'s'
            return [expression]
        if depth == 0 and is_word and text.upper() in _BINDING:
            return [expression]
        if depth == 0 and text.upper() == "AND":
            found.append(expression[start:at])
            start = end
        at = end
    parts = [one.strip() for one in (*found, expression[start:])]
    return parts if depth == 0 and all(parts) else [expression]


def plain_clause(text: str) -> Bound | Among | None:
    """What a clause says, where it is of a kind that a page can draw; None else."""
    found = next((one for form in (_BOUND, _EQUAL, _IN, _WORDS) if (one := form.fullmatch(text))), None)
    name = _name(found["name"]) if found else None
    if found is None or name is None:
        return None
    if found.re is _BOUND:
        number = found["value"]
        return Bound(name, found["sign"], _double(number) if "." in number else int(number))
    texts = tuple(one[1:-1].replace("''", "'") for one in re.findall(_TEXT, found["texts"]))
    return Among(name, texts, found.re is _WORDS)


def spelled(name: str) -> str:
    """A scalar's name as SQL has it: in double quotes where it must be."""
    is_plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _keywords()
    return name if is_plain else '"' + name.replace('"', '""') + '"'


@lru_cache(1000)
def _double(text: str) -> float:
    """The number that a fraction is beside a double."""
    if len(text) <= _SURE:
        return float(text)
    (value,) = _engine().cursor().execute(f"SELECT CAST({text} AS DOUBLE)").fetchone() or (float(text),)
    return float(value)


def _name(said: str) -> str | None:
    """The name that SQL spells so; None for a word that it keeps for itself."""
    if said.startswith('"'):
        return said[1:-1].replace('""', '"')
    return None if said.lower() in _keywords() else said


@cache
def _keywords() -> frozenset[str]:
    """Words that SQL keeps for itself."""
    found = _engine().cursor().execute(_KEYWORDS).fetchall()
    return frozenset(name for (name,) in found)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """What knows SQL; asked by a cursor, as several threads do."""
    return duckdb.connect(config={"enable_external_access": "false", "threads": "1"})
