"""Where the unfinished work on a shard lies, `.NAME.work/` beside it, and of which generation of the shard it is."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

#: The file in the folder that says it: generation, then the run that took the folder up last.
MARK = "generation"


def work_folder(shard: str | Path) -> Path:
    """Where the work folder of a shard is: `a/group124.tar` -> `a/.group124.work`."""
    path = Path(shard)
    return path.with_name(f".{path.stem}.work")


def mark_of(folder: Path) -> list[str]:
    """Generation and run, as far as they stand there."""
    mark = folder / MARK
    with suppress(FileNotFoundError, UnicodeDecodeError):
        return mark.read_text().split() if stat.S_ISREG(mark.lstat().st_mode) else []
    return []
