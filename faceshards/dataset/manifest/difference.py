"""What tells two manifests apart, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: List of a manifest -> what one of its entries is called, and the keys that name it.
_LISTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "shards": ("shard", ("name",)),
    "collections": ("collection", ("collection", "licence", "citation")),
    "sources": ("source", ("source",)),
    "runs": ("run", ("command", "source")),
    "recipes": ("recipe", ("stage", "version", "fingerprint")),
}
_LONGEST = 120


def differences(a: Mapping[str, Any], b: Mapping[str, Any], first: str, second: str) -> list[str]:
    """A line each; `first` and `second` are what the two are called. None where they say the same."""
    return list(_lines(a, b, first, second))


def _lines(a: Mapping[str, Any], b: Mapping[str, Any], first: str, second: str) -> Iterator[str]:
    for kind, (word, keys) in _LISTS.items():
        mine, others = _named(a.get(kind, []), keys), _named(b.get(kind, []), keys)
        for name in dict.fromkeys([*mine, *others]):
            if name not in others:
                yield f"{word} {name} is only in {first}"
            elif name not in mine:
                yield f"{word} {name} is only in {second}"
            else:
                yield from _fields(f"{word} {name}", mine[name], others[name], first, second)
    columns = [one.get("columns", []) for one in (a, b)]
    yield from (f"column {name} is only in {first}" for name in columns[0] if name not in columns[1])
    yield from (f"column {name} is only in {second}" for name in columns[1] if name not in columns[0])


def _named(entries: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Name -> entry; of several of one name the second is told by a number."""
    found: dict[str, Mapping[str, Any]] = {}
    for one in entries:
        words = [str(one.get(key, "")) for key in keys if one.get(key, "") != ""]
        name = _short(" ".join(words) or "without a name")
        count = sum(other == name or other.startswith(f"{name} #") for other in found)
        found[f"{name} #{count + 1}" if count else name] = one
    return found


def _fields(what: str, mine: Mapping[str, Any], other: Mapping[str, Any], first: str, second: str) -> Iterator[str]:
    changed = [key for key in dict.fromkeys([*mine, *other]) if mine.get(key) != other.get(key)]
    if changed == ["sha256"]:
        yield f"{what}: its bytes differ, though its members' checksums are the same: one of the two is damaged"
        return
    for key in changed:
        if key != "sha256":
            yield f"{what}: {key} is {_told(mine.get(key))} in {first}, {_told(other.get(key))} in {second}"


def _told(value: Any) -> str:
    return "nothing" if value is None else _short(json.dumps(value, ensure_ascii=False, sort_keys=True))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
