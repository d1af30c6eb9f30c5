"""Whether a shard's bytes are what its headers say: length, headers, and the checksum of each member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faceshards.errors import FaceshardsError
from faceshards.shards import index as shard_index
from faceshards.shards.reader import Shard

#: From the best to the worst.
STATES = ("whole", "unchecked", "damaged")
#: A damaged shard names this many members; the others are counted.
_NAMED = 3


@dataclass(frozen=True)
class Health:
    """`state` is one of `STATES`; `detail` is the one line that says why it is not whole; `checked` counts members."""

    state: str
    detail: str = ""
    checked: int = 0

    @classmethod
    def worst(cls, healths: Sequence[Health]) -> Health:
        """The health of several shards together."""
        state = max((health.state for health in healths), key=STATES.index)
        detail = "; ".join(health.detail for health in healths if health.state == state and health.detail)
        return cls(state, detail, sum(health.checked for health in healths))


def check(shard: Shard, checksums: bool = True) -> Health:
    """The health of an open shard. Its length was held against the front record when it was opened.

    With `checksums` all headers are walked against the generation, and every member is read and held against its
    crc32c. A foreign tar carries no checksums: it is `unchecked`.
    """
    if not shard.provenance and not _has_checksums(shard):
        return Health("unchecked", "a foreign tar carries no checksums")
    if not checksums:
        return Health("unchecked", "checksums were not read")
    try:
        shard_index.build(shard.path)
    except FaceshardsError as error:
        return Health("damaged", str(error))
    checked, damaged = 0, []
    for row, key in enumerate(shard.keys):
        for column in shard.columns:
            try:
                shard.read(row, column)
                checked += 1
            except FaceshardsError:
                damaged.append(f"{key}.{column}")
    if damaged:
        more = f" and {len(damaged) - _NAMED} more" if len(damaged) > _NAMED else ""
        return Health("damaged", f"{', '.join(damaged[:_NAMED])}{more} differ from their checksum", checked)
    return Health("whole", "", checked)


def _has_checksums(shard: Shard) -> bool:
    return len(shard) > 0 and shard.extent(0, shard.columns[0]).crc32c is not None
