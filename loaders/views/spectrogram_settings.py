"""How the spectrograms of a plan were made, as far as the shards tell; two ways of making them are refused."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from contextlib import closing
from typing import Any, TypeVar

import numpy as np

from faceshards.errors import UsageError
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.plan.plan import Plan
from faceshards.loaders.views.stage_parameters import stage_parameters
from faceshards.shards.schema.codecs import npy_layout

#: The index's word for the kind of values: parts, polar or mel.
VARIANT = "spectrogram_variant"
_STAGE = "spectrogram"
# An npy header of a spectrogram takes 128 bytes.
_HEAD = 256
_Value = TypeVar("_Value", bound=Hashable)


def spectrogram_settings(plan: Plan, column: str) -> dict[str, Any]:
    """Plain values: the `shape`; the `variant`, where it is told; and of those that the stage `spectrogram` made its
    parameters by their names. Spectrograms that were packed ready tell shape and variant alone. The plan must hold the
    label `VARIANT`.

    Raises UsageError where there are two variants, shapes or sets of parameters: a network would take both for one.
    """
    rows = np.flatnonzero(plan.extents[column].filled)
    variants, shapes = _variants(plan, rows), _shapes(plan, column, rows)
    _check_one(plan, "variant", variants, f"choose with where=\"{VARIANT} = '{next(iter(variants), '')}'\"")
    _check_one(plan, "shape", shapes, "choose those of one with where, or by their shards")
    (shape,) = shapes
    variant = {"variant": next(iter(variants))} if variants else {}
    return {**stage_parameters(plan, rows, "spectrograms", _STAGE), **variant, "shape": list(shape)}


def _variants(plan: Plan, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Variant -> the rows of it; of those that tell none (silence, arrays of one's own) nothing is said."""
    if VARIANT not in plan.labels:
        return {}
    labels = plan.labels[VARIANT]
    codes = labels.indices.fill_null(-1).to_numpy(zero_copy_only=False)[rows]
    return {
        text: rows[codes == code] for code, text in enumerate(labels.dictionary.to_pylist()) if (codes == code).any()
    }


def _shapes(plan: Plan, column: str, rows: np.ndarray) -> dict[tuple[int, ...], np.ndarray]:
    """Shape -> the rows of it, by one array of each size."""
    sizes = plan.extents[column].size[rows]
    shapes: dict[tuple[int, ...], np.ndarray] = {}
    with closing(Bodies(plan)) as bodies:
        for size in np.unique(sizes).tolist():
            mine = rows[sizes == size]
            (head,) = bodies.read_spans(int(mine[0]), column, [(0, min(size, _HEAD))])
            shape = npy_layout(memoryview(head), size).shape
            shapes[shape] = np.union1d(shapes.get(shape, mine[:0]), mine)
    return shapes


def _check_one(plan: Plan, what: str, found: Mapping[_Value, np.ndarray], remedy: str) -> None:
    if len(found) > 1:
        each = (f"{value} ({len(rows):,} rows, first {plan.key(int(rows[0]))!r})" for value, rows in found.items())
        raise UsageError(f"spectrograms of more than one {what}: {' and '.join(each)}: {remedy}")
