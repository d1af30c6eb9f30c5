"""What became of the samples of an old shard: whole, or not, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from faceshards.shards.storage.url import Place


@dataclass(frozen=True)
class Failed:
    """A sample, or the lost rest of a tar, that did not come over whole; `code` is one of `errors.REASONS`.

    `kept`: the sample is in the new shard, with empty columns in place of the bad ones; else it is left out.
    """

    key: str
    code: str
    reason: str
    kept: bool


@dataclass
class Conversion:
    """`whole` samples and `failed` ones, each counted once; `path` is the tar that was written.

    `left_out` names the fields (at an import) or columns (at an export) that have no place on the other side; `absent`
    names the fields that the old trainer reads and the exported tar lacks.
    """

    path: Place
    kind: str
    whole: int = 0
    failed: list[Failed] = field(default_factory=list)
    left_out: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def seen(self) -> int:
        """Samples of the source: `whole` and all of `failed`."""
        return self.whole + len(self.failed)

    @property
    def kept(self) -> int:
        """Samples of the tar that was written."""
        return self.whole + sum(one.kept for one in self.failed)
