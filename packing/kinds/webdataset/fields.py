"""The fields of a foreign sample as columns of ours."""

from __future__ import annotations

import re

from faceshards.shards.schema.columns import PACKETS

#: What a column begins with whose own name packing needs: the json and the packet tables.
ORIGINAL = "original."
#: Last suffixes of fields that hold pickles (in torch's files, too): kept as bytes, never read.
PICKLES = frozenset({"pyd", "pkl", "pickle", "pth", "pt"})

_ODD = re.compile(r"[^a-z0-9_-]")


def column_of(field: str) -> str:
    """The column of a field: in lower case, as webdataset reads it by default; a character that no column's name may
    have is `_`; a name that packing needs itself, or that begins with `original.`, has that before it.
    """
    parts = [_ODD.sub("_", part) or "_" for part in field.lower().split(".")]
    name = ".".join(parts)
    name = f"_{name[1:]}" if name.startswith("-") else name
    taken = name == "json" or name == PACKETS or name.endswith(f".{PACKETS}") or name.startswith(ORIGINAL)
    return ORIGINAL + name if taken else name


def is_pickle(field: str) -> bool:
    """Whether a field's suffix says that it is a pickle."""
    return any(part in PICKLES for part in field.lower().split("."))
