"""The Hub's own names of licences, which the head of a card must use."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Of the Hub's documentation, "Licenses": those that data sets carry.
# fmt: off
KNOWN = frozenset({
    "apache-2.0", "mit", "openrail", "bigscience-openrail-m", "afl-3.0", "bsl-1.0", "bsd", "bsd-2-clause",
    "bsd-3-clause", "bsd-3-clause-clear", "c-uda", "cc", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0",
    "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0",
    "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cdla-sharing-1.0",
    "cdla-permissive-1.0", "cdla-permissive-2.0", "wtfpl", "ecl-2.0", "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1",
    "eupl-1.2", "agpl-3.0", "gfdl", "gpl", "gpl-2.0", "gpl-3.0", "lgpl", "lgpl-2.1", "lgpl-3.0", "isc", "mpl-2.0",
    "odc-by", "odbl", "pddl", "unlicense", "zlib", "ms-pl", "lppl-1.3c", "postgresql", "ofl-1.1", "osl-3.0",
    "artistic-2.0", "ncsa",
})
# fmt: on
_ALIASES = {"cc0": "cc0-1.0"}


def head(licences: Sequence[str]) -> dict[str, object]:
    """What the head of a card says of these licences: their own names where the Hub knows them all, else `other` with
    a `license_name`.
    """
    names = [_name(one) for one in licences]
    if names and all(name in KNOWN for name in names):
        return {"license": names[0] if len(names) == 1 else names}
    spoken = names[0] if len(names) == 1 else "one-a-collection"
    return {"license": "other", "license_name": spoken or "unnamed"}


def _name(licence: str) -> str:
    plain = re.sub(r"[^a-z0-9.]+", "-", licence.lower()).strip("-")
    return _ALIASES.get(plain, plain)
