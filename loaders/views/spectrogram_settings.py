"""How the spectrograms of a plan were made, as far as the shards tell; two ways of making them are refused."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any, TypeVar

import numpy as np

from faceshards.errors import UsageError
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import PARALLEL
from faceshards.loaders.plan.plan import Plan
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode_json, npy_layout
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.url import Place

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
    return {**_parameters(plan, rows), **variant, "shape": list(shape)}


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


def _parameters(plan: Plan, rows: np.ndarray) -> dict[str, Any]:
    """The parameters of the stage, which all shards that tell some must share."""
    places = [plan.sources[number].place for number in np.unique(plan.source_of(rows)).tolist()]
    with ThreadPoolExecutor(PARALLEL) as pool:
        told = zip(places, pool.map(partial(_made, options=plan.options), places), strict=True)
    found: dict[bytes, tuple[Place, dict[str, Any]]] = {}
    for place, each in told:
        for parameters in each:
            found.setdefault(encode_json(parameters), (place, parameters))
    if len(found) > 1:
        (one, first), (other, second), *_ = found.values()
        names = [name for name in first if first[name] != second.get(name)]
        raise UsageError(
            f"spectrograms were made in more than one way: of {one.name} {_said(names, first)}, of {other.name} "
            f"{_said(names, second)}: choose shards of one, or curate the others anew with --stages spectrogram"
        )
    return next((parameters for _, parameters in found.values()), {})


def _said(names: Sequence[str], parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={parameters.get(name)}" for name in names)


def _made(place: Place, options: StoreOptions | None) -> list[dict[str, Any]]:
    """The sets of parameters with which the stage worked on a shard."""
    with Shard(place, options) as shard:
        return [dict(made.params) for made in shard.provenance.values() if made.stage == _STAGE]
