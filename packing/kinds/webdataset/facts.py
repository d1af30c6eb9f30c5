"""The json of a foreign sample: its own facts under their names, and what packing finds out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faceshards.errors import ClipError
from faceshards.shards.schema.codecs import decode_json
from faceshards.shards.schema.removed import REMOVED
from faceshards.shards.schema.scalars import NESTED

#: Key of the json: what of the sample's shape in its tar the columns do not tell.
SHAPE = "webdataset"
_LABELS = ("source", "collection", "licence", "citation", "identity")


def own_facts(body: bytes) -> dict[str, Any]:
    """The object of a sample's own json. Raises ClipError (bad-column) for what is none."""
    try:
        value = decode_json(body)
    except (ValueError, RecursionError) as error:
        raise ClipError("bad-column", f"the field json does not decode: {error}") from error
    if not isinstance(value, dict):
        raise ClipError("bad-column", f"the field json holds a {type(value).__name__}, no object: its bytes are kept")
    return value


def merged(
    own: Mapping[str, Any], found: Mapping[str, Any], given: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """One json of a sample's `own` facts, those `found` by packing and the labels `given` by the user, and the keys of
    its own that had to give way to other values: they stand in `original.json` alone.

    What packing found goes first, and the keys that are nested in every json are packing's alone; so is the one that
    makes a tombstone, or readers would pass the sample over. Labels go first where they are given.
    """
    ours = {**found, **given}
    for name in _LABELS:
        if isinstance(own.get(name), str) and name not in given:
            ours.pop(name, None)
    reserved = NESTED | {SHAPE, REMOVED}
    conflicts = sorted(key for key, value in own.items() if key in reserved or (key in ours and ours[key] != value))
    return {**{key: value for key, value in own.items() if key not in reserved}, **ours}, conflicts
