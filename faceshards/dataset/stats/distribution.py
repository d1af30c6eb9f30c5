"""How a scalar is distributed over the samples that have it: numbers by quartiles, words by their counts."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from faceshards.shards.index.index import RESERVED
from faceshards.shards.schema.scalars import FAILED, SCALARS

#: Values of a text that are named, the most frequent first.
TOP = 10
_QUARTILES = ("least", "quarter", "median", "three_quarters", "greatest")


def distribution(values: pa.ChunkedArray) -> dict[str, Any]:
    """`count` and `missing`, then of numbers the quartiles (linear between neighbours), mean and standard deviation
    (of the population: divided by count), of words how many are `distinct` and the `top` ones with their counts.
    """
    found = {"count": len(values) - values.null_count, "missing": values.null_count}
    there = values.drop_null()
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        return found | (_of_numbers(there) if len(there) else {})
    return found | _of_words(there)


def is_scalar(field: pa.Field) -> bool:
    """Whether a column of an index is a scalar of the samples, no member and no place in the tar."""
    return field.name not in (*RESERVED, FAILED) and not pa.types.is_struct(field.type)


def unit_of(name: str) -> str:
    """The unit of a scalar; empty where none is known."""
    return SCALARS[name].unit if name in SCALARS else ""


def _of_numbers(values: pa.ChunkedArray) -> dict[str, Any]:
    each = pc.quantile(values, q=[0, 0.25, 0.5, 0.75, 1], interpolation="linear").to_pylist()
    spread = {"mean": pc.mean(values).as_py(), "sd": pc.stddev(values, ddof=0).as_py()}
    return dict(zip(_QUARTILES, each, strict=True)) | spread


def _of_words(values: pa.ChunkedArray) -> dict[str, Any]:
    counts = values.cast(pa.string()).value_counts().to_pylist() if len(values) else []
    ranked = sorted(((one["values"], one["counts"]) for one in counts), key=lambda one: (-one[1], one[0]))
    return {"distinct": len(ranked), "top": [list(one) for one in ranked[:TOP]]}
