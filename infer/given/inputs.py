"""What a network is given: files, those of folders, rows of shards, each with the name that its results will have."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from faceshards.errors import ShardError, UsageError
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.url import Place, Url, place

#: Suffixes of files that are taken out of a folder; a file that is named itself is tried whatever it is called.
SOUNDS = frozenset({".wav", ".flac", ".mp3", ".m4a", ".ogg"})
VIDEOS = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".m4v"})
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})


@dataclass(frozen=True, slots=True)
class Input:
    """A file, or the `row` of a shard. `name`: of its results, below the folder for them, without a suffix; `told`:
    what people call it.
    """

    name: str
    told: str
    place: Place
    row: int | None = None


@dataclass(frozen=True, slots=True)
class RefusedInput:
    """An input of which nothing comes, and why; `code` is one of `errors.REASONS`."""

    told: str
    code: str
    reason: str


@dataclass
class Inputs:
    """All that some paths lead to. `others`: files of folders that are of no such kind, which are passed over."""

    taken: list[Input] = field(default_factory=list)
    refused: list[RefusedInput] = field(default_factory=list)
    others: int = 0

    def add(self, one: Input) -> None:
        """Adds an input, unless it is there already: a folder and a file of it may both be named."""
        known = self._places.setdefault((one.place, one.row), one)
        if known is not one:
            return
        holder = self._names.setdefault(one.name, one)
        if holder is one:
            self.taken.append(one)
            return
        rule = f"{holder.told} has the same name, {one.name}: give it in a run of its own, with another --out"
        self.refused.append(RefusedInput(one.told, "duplicate-entry", rule))

    def __post_init__(self) -> None:
        self._places: dict[tuple[Place, int | None], Input] = {}
        self._names: dict[str, Input] = {}


def listed(paths: Sequence[str], suffixes: Collection[str], where: str | None = None) -> Inputs:
    """What the paths and URLs lead to, in their order; of folders, at any depth, the shards and the files of these
    suffixes, ordered by name, hidden ones left out; of shards the rows that match `where`, tombstones left out.

    Raises UsageError for a path that does not exist, a `where` that does not evaluate, and where nothing is found.
    """
    found = Inputs()
    for path in paths:
        at = place(path)
        if isinstance(at, Url):
            for shard in _of_a_store(at):
                _add_rows(found, shard, shard.stem, where)
        elif at.is_dir():
            _add_folder(found, at, suffixes, where)
        elif not at.exists():
            raise UsageError(f"{path}: no such file or folder")
        elif at.suffix.lower() == ".tar":
            _add_rows(found, at, at.stem, where)
        else:
            found.add(Input(at.stem, str(at), _resolved(at)))
    if not found.taken and not found.refused:
        raise UsageError(f"nothing to work on under {', '.join(paths)}: name files of {_said(suffixes)}, or shards")
    return found


def _of_a_store(url: Url) -> list[Url]:
    """Raises UsageError for a URL of anything but shards."""
    if url.suffix and url.suffix != ".tar":
        raise UsageError(f"{url}: of a store shards are taken, a .tar or a prefix: copy this file here first")
    return find_shards(url)


def _add_folder(found: Inputs, folder: Path, suffixes: Collection[str], where: str | None) -> None:
    for name in _names(folder):
        path, stem = folder / name, name[: len(name) - len(Path(name).suffix)]
        kind = path.suffix.lower()
        if kind == ".tar":
            _add_rows(found, path, stem, where)
        elif kind in suffixes:
            found.add(Input(stem, str(path), _resolved(path)))
        else:
            found.others += 1


def _names(folder: Path) -> Iterator[str]:
    """The files below a folder, by their paths there, ordered; hidden ones left out, links to folders not followed."""
    for top, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        below = Path(top).relative_to(folder)
        yield from (str(below / one) for one in sorted(files) if not one.startswith("."))


def _add_rows(found: Inputs, path: Place, name: str, where: str | None) -> None:
    """The rows of a shard; one that cannot be opened is refused as a whole."""
    try:
        with Shard(path) as shard:
            rows = np.flatnonzero(standing(shard.index))
            if where is not None:
                from faceshards.shards.filters.where import matching

                rows = np.intersect1d(rows, matching(shard.index, where))
            for row in rows.tolist():
                key = shard.keys[row]
                found.add(Input(f"{name}/{key}", f"{shard.path.name}: {key}", path, row))
    except ShardError as error:
        found.refused.append(RefusedInput(str(path), "unreadable-entry", str(error)))


def _resolved(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _said(suffixes: Collection[str]) -> str:
    return ", ".join(sorted(one.removeprefix(".") for one in suffixes))
