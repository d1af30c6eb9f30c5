"""A dataset: the shards under some paths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from faceshards.errors import UsageError


def find_shards(*paths: str | Path) -> list[Path]:
    """The .tar files that the paths name or (folders) hold at any depth, sorted, each once; hidden files are left out.

    Raises UsageError for a path that does not exist, is no .tar, or when nothing is found.
    """
    found = dict.fromkeys(shard for path in paths for shard in _expand(Path(path)))
    if not found:
        raise UsageError(
            f"no .tar shard under {', '.join(map(str, paths)) or 'nothing'}: pack some first (faceshards pack)"
        )
    return list(found)


def _expand(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(
            file
            for file in path.rglob("*.tar")
            if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
        )
    elif not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    elif path.suffix != ".tar":
        raise UsageError(f"{path}: a shard is a .tar file")
    else:
        yield path
