"""With which parameters a stage made what some rows of a plan hold; two ways of making it are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np

from faceshards.errors import UsageError
from faceshards.loaders.fetch.spans import PARALLEL
from faceshards.loaders.plan.plan import Plan
from faceshards.shards.index.index import front_of
from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.files import open_file
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.url import Place, Url


def stage_parameters(plan: Plan, rows: np.ndarray, what: str, stage: str) -> dict[str, Any]:
    """The parameters of a stage by their names, which all shards of these rows (ascending) that tell some must share;
    none where none tells. `what` it makes, in words. Raises UsageError where there are two sets: a network would take
    both for one.
    """
    of = np.flatnonzero(np.diff(np.searchsorted(rows, plan.starts)))
    places = [plan.sources[number].place for number in of.tolist()]
    with ThreadPoolExecutor(PARALLEL if any(isinstance(place, Url) for place in places) else 1) as pool:
        told = zip(places, pool.map(partial(_made, stage=stage, options=plan.options), places), strict=True)
    found: dict[bytes, tuple[Place, dict[str, Any]]] = {}
    for place, each in told:
        for parameters in each:
            found.setdefault(encode_json(parameters), (place, parameters))
    if len(found) > 1:
        (one, first), (other, second), *_ = found.values()
        names = [name for name in first if first[name] != second.get(name)]
        raise UsageError(
            f"{what} were made in more than one way: of {one.name} {_said(names, first)}, of {other.name} "
            f"{_said(names, second)}: choose shards of one, or curate the others anew with --stages {stage}"
        )
    return next((parameters for _, parameters in found.values()), {})


def _said(names: Sequence[str], parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={parameters.get(name)}" for name in names)


def _made(place: Place, stage: str, options: StoreOptions | None) -> list[dict[str, Any]]:
    """The sets of parameters with which the stage worked on a shard."""
    with closing(open_file(place, options)) as file:
        front = front_of(file)
    made = [Provenance.of(record) for record in front.provenance.values()] if front else []
    return [dict(one.params) for one in made if one.stage == stage]
