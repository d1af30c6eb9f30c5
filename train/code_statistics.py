"""The mean and the deviation of the codes that a training sees: given, or made of its own rows."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from faceshards.loaders.dataset import ShardDataset
from faceshards.loaders.views.code_statistics import CODES, CodeStatistics, statistics_of
from faceshards.shards.storage.atomic import storage_errors, write_atomic
from faceshards.shards.storage.url import Place
from faceshards.train.ranks import rank

#: The file beside a run's checkpoint that holds those that were made.
MADE = "data_mean_std.npz"


def code_statistics(
    out: Path, given: Path | None, paths: Sequence[str | Place], where: str | None, resume: bool
) -> CodeStatistics:
    """Those of the file `given`, else of the rows that match, which are read once and kept in the run's folder `out`:
    a run that is resumed goes on with its own. Bad sequences are left out: the loader tells them. Raises UsageError
    where no sequence is good.
    """
    if given is not None:
        return CodeStatistics.read(given)
    if resume and (out / MADE).exists():
        return CodeStatistics.read(out / MADE)
    found, _ = statistics_of(ShardDataset(list(paths), list(CODES), where=where, missing="skip"))
    body = io.BytesIO()
    np.savez(body, data_mean=found.mean, data_std=found.std)
    with storage_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    if rank() == 0:
        write_atomic(out / MADE, body.getvalue())
    return found
