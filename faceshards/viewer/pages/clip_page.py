"""All that the page of one clip says, as plain values."""

from __future__ import annotations

from typing import Any

from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.summary.failures import recorded_failures


def clip_page(sample: ShownSample) -> dict[str, Any]:
    """The clip's `facts` (its json), its `columns` with their bytes and states, its `failures`."""
    shard, row = sample.shard, sample.row
    columns = [
        {"name": name, "bytes": shard.extent(row, name).size, "state": shard.state(row, name)}
        for name in shard.columns
        if shard.filled(row, name)
    ]
    return {
        "key": sample.key,
        "name": sample.name,
        "shard": shard.path.name,
        "clip": sample.clip,
        "facts": sample.facts,
        "columns": columns,
        "failures": recorded_failures(sample.facts),
    }
