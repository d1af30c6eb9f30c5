"""What a run writes within its own source, which the next run must not take for a part of it."""

from __future__ import annotations

import os
from pathlib import Path

from faceshards.shards.storage.url import Place


def lies_below(one: Place, folder: Place) -> bool:
    """Whether a path or URL lies below another one, and is not the same."""
    if isinstance(one, Path) and isinstance(folder, Path):
        below, top = (os.path.realpath(each) for each in (one, folder))
        return below.startswith(top.rstrip(os.sep) + os.sep)
    return type(one) is type(folder) and str(one).startswith(str(folder).rstrip("/") + "/")
