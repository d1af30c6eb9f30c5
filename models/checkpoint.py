"""Checkpoints: all that a killed training needs to go on as if nothing had happened, in one file that appears
whole or not at all.
"""

from __future__ import annotations

import os
import pickle
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import torch

from faceshards.errors import UnsafeData, UsageError
from faceshards.models.published import is_published, published
from faceshards.shards.storage.atomic import AtomicFile


@dataclass(frozen=True)
class Checkpoint:
    """The state after `step` optimizer steps; every field is tensors and plain values, so that no pickle is
    needed to read it.

    `config`: what the network was built from (`models.trained` builds it again from it). `model`, `optimizer`:
    their state_dict. `loader`: the position in the data; None for a loader that keeps none. `random`: torch's
    generators, uint8 (n,) or, a row for each process, (ranks, n). `training`: how the weights were moved, plain values.
    `scaler`: the state of fp16's. `best`: the least loss on held-out data so far; `first`: of the first look.
    """

    step: int
    config: dict[str, Any]
    model: dict[str, Any]
    optimizer: dict[str, Any]
    loader: dict[str, Any] | None
    random: torch.Tensor
    training: dict[str, Any] = field(default_factory=dict)
    scaler: dict[str, Any] = field(default_factory=dict)
    best: float | None = None
    first: float | None = None


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Writes the file beside its name, syncs it and renames it. Raises StorageError when the disk refuses."""
    with AtomicFile(path) as file:
        with file.errors(), os.fdopen(os.dup(file.fd), "wb") as stream:
            _save(vars(checkpoint), stream)
        file.commit()


def _save(content: dict[str, Any], stream: IO[bytes]) -> None:
    try:
        torch.save(content, stream)
    except RuntimeError as error:  # torch, which ends its zip all the same, hides behind this what the disk said
        raise error.__context__ if isinstance(error.__context__, OSError) else error from None


def load(path: Path) -> Checkpoint:
    """Reads a checkpoint onto the CPU, one of Speech-to-face as if it were ours. Raises UnsafeData for a file with more
    in it than tensors and plain values, UsageError for one that is no checkpoint, or is damaged: every byte is held
    against its checksum.
    """
    found = content(path)
    try:
        return Checkpoint(**(published(path, found) if is_published(found) else found))
    except TypeError as error:
        raise UsageError(f"{path} is no checkpoint of `train`: it lacks the fields of one") from error


def content(path: Path) -> Any:
    """What a file of torch holds, on the CPU. Raises as `load` does."""
    if not path.is_file():
        raise UsageError(f"{path}: no such checkpoint: `faceshards train` writes one")
    _check(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UnsafeData(f"{path} holds more than tensors and plain values: give a checkpoint of `train`") from error
    except Exception as error:  # bytes of any kind make torch raise nearly anything
        raise UsageError(f"{path} does not read as a checkpoint of `train` ({type(error).__name__})") from error


def _check(path: Path) -> None:
    """Raises UsageError where a byte differs from what was written. torch writes a zip, and looks at no checksum."""
    try:
        if not zipfile.is_zipfile(path):  # raises, too, where the end names other disks
            return  # what it is, or lacks, torch says
        with zipfile.ZipFile(path) as members:
            damaged = members.testzip()
    except Exception as error:
        raise UsageError(f"{path} is damaged ({error}): give another checkpoint") from error
    if damaged is not None:
        raise UsageError(f"{path} is damaged ({damaged} differs from its checksum): give another checkpoint")
