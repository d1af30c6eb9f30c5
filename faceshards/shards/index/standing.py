"""Which rows of an index are samples, and which are tombstones of samples that were removed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.shards.schema.removed import REMOVED


def standing(table: pa.Table) -> np.ndarray:
    """Whether each row stands, bool (rows,): False for a tombstone (see `schema.removed`)."""
    if REMOVED not in table.column_names or not pa.types.is_string(table.schema.field(REMOVED).type):
        return np.ones(table.num_rows, bool)
    return np.asarray(pc.is_null(table[REMOVED]))
