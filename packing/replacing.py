"""Which files packing may replace: its own, as long as nobody has put work into them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container
from pathlib import Path

from faceshards.errors import ShardError, UsageError
from faceshards.jobs.small_file import exists, remove
from faceshards.packing.pack_report import PackReport
from faceshards.packing.sources.archive import Archive
from faceshards.shards.index.index import index_path
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.storage.lease import lease
from faceshards.shards.storage.url import Place


class Replacing:
    """The rule for one run: its source is never replaced; a file of its output's names is where packing the same source
    would make it again, any other only by `force`, one with rows that were removed on request never. `keys` are those
    that the source's clips may get: what tells its shard where no report does; `columns` are those that packing makes
    of it.
    """

    def __init__(
        self,
        archive: Archive,
        earlier: PackReport | None,
        force: bool,
        keys: Callable[[], Container[str]],
        columns: Collection[str],
    ) -> None:
        self._source, self._keys, self._columns = archive.path, keys, columns
        self._identity = archive.identity()
        self._earlier = earlier
        self._force = force

    def check(self, path: Place) -> None:
        """Raises UsageError where a file of this name must stay."""
        if not exists(path):
            return
        if isinstance(path, Path) and isinstance(self._source, Path) and path.samefile(self._source):
            raise UsageError(f"{path} is the source itself: name another folder with --out")
        refuse_removed(path)
        reason = None if self._force else self._reason(path)
        if reason:
            raise UsageError(f"{path} {reason}: name another folder with --out, or replace it with --force")

    def _reason(self, path: Place) -> str | None:
        """Why a file must stay, or None."""
        try:
            with Shard(path) as shard:
                packed = any(made.stage == "pack" for made in shard.provenance.values())
                added = sorted(set(shard.columns).difference(self._columns))
                enriched = sorted({made.stage for made in shard.provenance.values()} - {"pack"})
                known = self._earlier is not None and path.name in self._earlier.shards
                others = [] if known else [key for key in shard.keys if key not in self._keys()]
        except ShardError as error:
            return f"is there and does not open as a shard ({error})"
        if not packed:
            return "is there and was not made by packing"
        if added:
            return f"has columns that packing cannot make again ({', '.join(added)})"
        if enriched:
            return f"has scores that packing cannot make again (stage {', '.join(enriched)})"
        if others:
            return f"holds clips that are not in this source ({others[0]})"
        source = self._earlier.plan.get("source", {}).get("path") if self._earlier else None
        if source not in (None, self._identity["path"]):
            return f"was packed from another source, {source}"
        return None


def refuse_removed(path: Place) -> None:
    """Raises UsageError where a file is a shard with rows that were removed on request: what is made of the same source
    again would bring their clips back.
    """
    try:
        with Shard(path) as shard:
            removed = int((~standing(shard.index)).sum())
    except ShardError:
        return
    if removed:
        raise UsageError(
            f"{path} has {removed} row{'s' * (removed != 1)} removed on request, and packing would bring their clips "
            "back, with --force, too: take them out of the source and delete this shard, or leave it as it is"
        )


def remove_shard(path: Place) -> None:
    """Removes a shard and its index. Raises OSError, StorageError where another process writes the shard."""
    with lease(path):
        remove(index_path(path))
        remove(path)
