"""A batch taken apart again: the samples that a caller's own `collate_fn` is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faceshards.loaders.decode.batch import LENGTHS, BatchColumn


def samples_of(batch: Mapping[str, BatchColumn]) -> list[dict[str, Any]]:
    """The samples of a batch, in its order: column -> a row of the tensor (a padded one of its own length), or the
    value.
    """
    padded = {name: batch[name + LENGTHS] for name in batch if name + LENGTHS in batch}
    columns = {name: column for name, column in batch.items() if name not in {one + LENGTHS for one in padded}}
    return [
        {
            name: column[slot][: int(padded[name][slot])] if name in padded else column[slot]
            for name, column in columns.items()
        }
        for slot in range(len(batch["__key__"]))
    ]
