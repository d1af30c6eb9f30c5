"""What lies beside a shard and may still hold a removed sample: caches, unfinished work, reports, judgements. It goes,
too.

All of it can be made again, or says nothing that a reader of shards needs. It is gone after every run, also where an
earlier one was killed between the new shard and this.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from faceshards.dataset.judgements.journal import JudgementJournal
from faceshards.dataset.manifest.runs import made_by, report_places
from faceshards.jobs.small_file import read_small, write_small
from faceshards.jobs.work_place import mark_of, work_folder
from faceshards.shards.index.dataset import NAME as MERGED
from faceshards.shards.index.merged import open_merged
from faceshards.shards.reader import Shard
from faceshards.shards.storage.atomic import storage_errors
from faceshards.shards.storage.url import Place

#: Commands whose reports name clips.
_COMMANDS = ("pack", "curate", "compact", "import", "salvage")


class Traces:
    """What stands beside an open shard and speaks of the shard before it, or of clips of these keys and names."""

    def __init__(self, shard: Shard, names: Collection[str]) -> None:
        self._reports = list(_reports(shard.path, names))
        local = isinstance(shard.path, Path)
        self._folders = list(_work(shard)) if local else []
        self._caches = list(_merged(shard)) if local else []
        self._journal, self._said_of = JudgementJournal(shard.path.parent), (shard.path.name, frozenset(names))

    def __bool__(self) -> bool:
        return bool(self._reports or self._folders or self._caches or self._journal.speaks_of(*self._said_of))

    def sweep(self) -> list[str]:
        """Removes it, under the shard's lease, which the caller has. Returns what was done, in words. Raises
        StorageError.
        """
        for place, body in self._reports:
            write_small(place, body)
        for path in (*self._folders, *self._caches):
            with storage_errors(path):
                shutil.rmtree(path) if path in self._folders else path.unlink(missing_ok=True)
        judged = self._journal.forget(*self._said_of)
        done = [f"{place}: word of the clip was removed" for place, _ in self._reports]
        done += [f"{path} was removed: unfinished work on the shard as it was" for path in self._folders]
        done += ["what was judged of the clip was removed"] if judged else []
        return done + [f"{path} was removed: a cache that is made again" for path in self._caches]


def out_of_reach(shard: Place) -> list[str]:
    """Files beside a shard that may hold bytes of any of its samples and are no shards: damaged ones, set aside."""
    damaged = shard.with_name(f"{shard.name}.damaged")
    return [str(damaged)] if isinstance(damaged, Path) and damaged.exists() else []


def _work(shard: Shard) -> Iterator[Path]:
    folder = work_folder(shard.path)
    if folder.is_dir() and not folder.is_symlink() and mark_of(folder)[:1] != [shard.generation]:
        yield folder


def _merged(shard: Shard) -> Iterator[Path]:
    """Merged indexes of the folders above that know this shard as it was."""
    for path in dict.fromkeys((shard.path.absolute(), shard.path.resolve())):
        for folder in path.parents:
            found = open_merged(folder / MERGED)
            for one in found.sources if found is not None else ():
                if folder / one.name == path and one.generation != shard.generation:
                    yield folder / MERGED


def _reports(shard: Place, names: Collection[str]) -> Iterator[tuple[Place, bytes]]:
    """Reports that name any of these clips, and what they say without it."""
    for place in report_places(shard, _COMMANDS) if names else ():
        with suppress(ValueError, RecursionError):
            body = read_small(place)
            record = json.loads(body) if body else None
            if not isinstance(record, dict) or not (_is_own(place, shard) or shard.name in made_by(record)):
                continue
            kept = _without(record, names)
            if kept != record:
                yield place, json.dumps(kept, indent=1, ensure_ascii=False).encode() + b"\n"


def _is_own(report: Place, shard: Place) -> bool:
    """Whether a report has the name of the shard, and speaks of no other."""
    return report.name.startswith(f"{shard.stem}.")


def _without(value: Any, names: Collection[str]) -> Any:
    """A report, or a part of it, whose lists name none of the clips, however deep they stand."""
    if isinstance(value, dict):
        return {key: _without(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(one, names) for one in value if not _names(one, names)]
    return value


def _names(one: Any, names: Collection[str]) -> bool:
    if isinstance(one, str):
        return one in names
    return isinstance(one, dict) and any(isinstance(value, str) and value in names for value in one.values())
