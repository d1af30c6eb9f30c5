"""Which files packing may replace: its own, as long as nobody has put work into them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from faceshards.errors import ShardError, UsageError
from faceshards.packing.pack_report import PackReport
from faceshards.shards.columns import PACKETS, VIDEO
from faceshards.shards.index import index_path
from faceshards.shards.reader import Shard

_OWN_COLUMNS = {"json", *VIDEO, *(f"{column}.{PACKETS}" for column in VIDEO)}


class Replacing:
    """The rule, for one run: `source` is never replaced; other files of its output's names only by `force`, unless they
    are what packing the same source would make again.
    """

    def __init__(self, source: Path, earlier: PackReport | None, force: bool) -> None:
        self._source = source
        self._earlier = earlier
        self._force = force

    def check(self, path: Path) -> None:
        """Raises UsageError where a file of this name must stay."""
        if not path.exists():
            return
        if path.samefile(self._source):
            raise UsageError(f"{path} is the source itself: name another folder with --out")
        reason = None if self._force else self._reason(path)
        if reason:
            raise UsageError(f"{path} {reason}: name another folder with --out, or replace it with --force")

    def _reason(self, path: Path) -> str | None:
        """Why a file must stay, or None."""
        try:
            with Shard(path) as shard:
                packed = any(made.stage == "pack" for made in shard.provenance.values())
                added = sorted(set(shard.columns) - _OWN_COLUMNS)
        except ShardError as error:
            return f"is there and does not open as a shard ({error})"
        if not packed:
            return "is there and was not made by packing"
        if added:
            return f"has columns that packing cannot make again ({', '.join(added)})"
        if self._earlier and self._earlier.source != str(self._source):
            return f"was packed from another source, {self._earlier.source}"
        return None


def remove_stale(folder: Path, names: Iterable[str]) -> None:
    """Removes shards of an earlier run of this source, with their indexes, that the new run has no file for."""
    for name in names:
        index_path(folder / name).unlink(missing_ok=True)
        (folder / name).unlink(missing_ok=True)
