"""What a caller's functions make of a sample, and which of them failed on which sample."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from faceshards.errors import FaceshardsError

#: What turns a sample (column -> decoded value, and "__key__") into what a model eats.
View = Callable[[Mapping[str, Any]], Mapping[str, Any]]


# What a list of a batch holds as a rule, and need not be tried.
_SENT = (torch.Tensor, str, bytes, int, float, type(None))


class ViewFailed(FaceshardsError):
    """A view or a transform raised what says nothing of the sample: an error of its own."""


@dataclass(frozen=True)
class Views:
    """A caller's functions by the argument that gave them, in their order: each is given what the one before made."""

    functions: Mapping[str, View]

    @property
    def ragged(self) -> frozenset[str]:
        """The names of arrays that differ in length, of views that say so: a batch pads them."""
        return frozenset(name for one in self.functions.values() for name in getattr(one, "ragged", ()))

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """What they make of a sample. Raises ViewFailed where one raises, unless it calls the sample bad (ColumnError,
        ClipError, ...), or where it makes no mapping.
        """
        key, made = sample["__key__"], dict(sample)
        for argument, function in self.functions.items():
            made = _made(argument, function, {"__key__": key, **made})
        return made


def _made(argument: str, function: View, sample: dict[str, Any]) -> dict[str, Any]:
    name = f"{argument} {getattr(function, '__qualname__', type(function).__qualname__)}"
    try:
        made = function(sample)
    except FaceshardsError:
        raise
    except Exception as error:
        at = traceback.extract_tb(error.__traceback__)[-1]
        said = (str(error).splitlines() or [""])[0]
        where = f"{Path(at.filename).name}, line {at.lineno}, in {at.name}"
        raise ViewFailed(f"{name} raised {type(error).__name__}: {said} ({where})") from error
    if not isinstance(made, Mapping):
        raise ViewFailed(f"{name} must return a dict, column -> value, got {type(made).__name__}")
    return dict(made)


def check_sent(columns: Mapping[str, Any]) -> None:
    """Raises ViewFailed for what the caller's functions made and no worker can send: the queue of a DataLoader would
    drop the batch and wait for it forever.
    """
    for name, values in columns.items():
        for key, value in zip(columns["__key__"], values if isinstance(values, list) else (), strict=False):
            try:
                if not isinstance(value, _SENT):
                    pickle.dumps(value)
            except Exception as error:  # whatever an object raises that is taken apart
                said = " ".join(str(error).split())[:200]
                raise ViewFailed(
                    f"sample {key}: {name!r} holds {type(value).__name__}, which a worker cannot send ({said}): make "
                    "tensors, arrays, text or numbers of it, or load with num_workers=0"
                ) from error
