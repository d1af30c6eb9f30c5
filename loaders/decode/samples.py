"""Decoded samples: what the draws of a batch became."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from faceshards.errors import FaceshardsError
from faceshards.loaders.decode.batch import put
from faceshards.loaders.decode.dense import empty


@dataclass(frozen=True)
class Samples:
    """Some samples: their keys; `dense` columns, tensors (n, ...); `loose` samples of the other columns, a mapping
    each, none where there are no such; `errors` of those that are bad, by their slot (nothing else holds of these).
    """

    keys: list[str]
    dense: dict[str, torch.Tensor]
    loose: list[Mapping[str, Any]]
    errors: dict[int, FaceshardsError]

    def replaced(self, slot: int, one: Samples) -> Samples:
        """These samples, that of a slot taken from another reading. A column that is dense in one of them only
        is not.
        """
        keys, dense = list(self.keys), dict(self.dense)
        keys[slot] = one.keys[0]
        loose: list[Mapping[str, Any]] = list(self.loose) or [{}] * len(keys)
        loose[slot] = one.loose[0] if one.loose else {}
        for name in self.dense.keys() & one.dense.keys():
            dense[name][slot] = one.dense[name][0]
        for name in self.dense.keys() - one.dense.keys():
            values = dense.pop(name).numpy()
            loose = [{**sample, name: sample.get(name, value)} for sample, value in zip(loose, values, strict=True)]
        for name in one.dense.keys() - self.dense.keys():
            loose[slot] = {**loose[slot], name: one.dense[name][0].numpy()}
        return Samples(keys, dense, loose if any(loose) else [], self.errors)


def joined(parts: Sequence[tuple[np.ndarray, Samples]], count: int) -> Samples:
    """The rows of several readings, each at its slots. A column that is dense in all, of one kind, is dense."""
    keys, loose = [""] * count, [dict[str, Any]() for _ in range(count)]
    errors: dict[int, FaceshardsError] = {}
    dense: dict[str, torch.Tensor] = {}
    common = set.intersection(*(set(samples.dense) for _, samples in parts))
    kinds = {
        name: {(samples.dense[name].dtype, samples.dense[name].shape[1:]) for _, samples in parts} for name in common
    }
    for name in [one for one in parts[0][1].dense if one in common and len(kinds[one]) == 1]:
        first = parts[0][1].dense[name]
        dense[name] = empty((count, *first.shape[1:]), first.dtype)
        for slots, samples in parts:
            put(dense[name], slots, samples.dense[name])
    for slots, samples in parts:
        errors |= {int(slots[at]): error for at, error in samples.errors.items()}
        rest = {name: tensor.numpy() for name, tensor in samples.dense.items() if name not in dense}
        for at, slot in enumerate(slots.tolist()):
            keys[slot] = samples.keys[at]
            loose[slot] = {
                **(samples.loose[at] if samples.loose else {}),
                **{name: rows[at] for name, rows in rest.items()},
            }
    return Samples(keys, dense, list(loose) if any(loose) else [], errors)
