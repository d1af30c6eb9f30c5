"""From what a person types to a sample or a column; of what is not there, to the names that are near."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice

import pyarrow.compute as pc

from faceshards.errors import UsageError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.keys import encode_key
from faceshards.shards.storage.url import Place
from faceshards.viewer.summary.failures import brief

_NEAREST, _LIKENESS = 3, 0.5
# Names that are compared with one that is not there: a second's work.
_MOST = 20_000


def find_sample(shards: Sequence[Place], key: str) -> tuple[Place, int]:
    """The shard and row of a key, or of the clip of that name. UsageError where there is none, or several."""
    found: list[tuple[Place, int]] = []
    known: list[str] = []
    for path in shards:
        with Shard(path) as shard:
            found += [(path, row) for row in _rows(shard, key)]
            known += shard.keys if len(known) < _MOST else []
    if len(found) == 1:
        return found[0]
    if not found:
        where = str(shards[0]) if len(shards) == 1 else f"{len(shards)} shards"
        raise UsageError(f"no sample {key!r} in {where}: {near(key, known)}; name it by its key, or its clip's name")
    raise UsageError(f"sample {key!r} is in {', '.join(str(path) for path, _ in found)}: name one shard, and the key")


def near(name: str, *known: Iterable[str]) -> str:
    """In words, which names are near to one that is none of them: of the first group that has any; else the first of
    all.
    """
    groups = [list(islice(dict.fromkeys(one), _MOST)) for one in known]
    for names in groups:
        if close := get_close_matches(name, names, _NEAREST, _LIKENESS):
            return f"the nearest {'is' if len(close) == 1 else 'are'} {', '.join(map(brief, close))}"
    names = groups[0]
    if not names:
        return "there is none"
    return f"there are {', '.join(map(brief, names[:_NEAREST]))}{', ...' if len(names) > _NEAREST else ''}"


def _rows(shard: Shard, key: str) -> list[int]:
    """The row of the key; of the key of the name; or those whose json has this name."""
    for one in (key, encode_key(key) if key else ""):
        if one in shard.keys:
            return [shard.row(one)]
    names = shard.index["name"] if "name" in shard.index.column_names else None
    if names is None or str(names.type) != "string":
        return []
    return [int(row) for row in pc.indices_nonzero(pc.equal(names, key)).to_pylist()]  # a key that was cut, or taken
