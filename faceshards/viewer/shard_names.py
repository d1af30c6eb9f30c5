"""How shards are called in a table: the folder that holds them all once, and each by the rest of its path."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile


def shard_names(places: Sequence[object]) -> tuple[str, list[str]]:
    """The common folder of paths or URLs (empty where there is none), and each place below it."""
    parts = [str(place).split("/") for place in places]
    shared = takewhile(lambda column: len(set(column)) == 1, zip(*(one[:-1] for one in parts), strict=False))
    depth = sum(1 for _ in shared)
    return "/".join(parts[0][:depth]) if parts else "", ["/".join(one[depth:]) for one in parts]


def titled(word: str, folder: str) -> str:
    """`Shards in train_set/VFHQ`; without a folder the word alone."""
    return f"{word} in {folder}" if folder else word
