"""Embeddings that the data hold already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from faceshards.errors import ClipError, ColumnError
from faceshards.loaders.dataset import ShardDataset
from faceshards.shards.storage.url import Place


class WithEmbedding:
    """A view whose samples also hold `embedding`, float32 (E,): that of a column, or the mean of its rows, where it has
    one a track, as `identity.npy` has.
    """

    def __init__(self, view: Any, column: str) -> None:
        self._view, self._column = view, column
        self.columns = (*view.columns, column)
        self.settings = dict(getattr(view, "settings", {}))

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """Raises ColumnError where the sample lacks the column, ClipError `no-face` where it has no row."""
        return {**self._view(sample), "embedding": embedding_of(sample, self._column)}


def embedding_of(sample: Mapping[str, Any], column: str) -> np.ndarray:
    """The embedding float32 (E,) in a column of a sample. Raises as `WithEmbedding` does."""
    value = sample.get(column)
    if not isinstance(value, np.ndarray) or value.ndim not in (1, 2):
        raise ColumnError(f"{column} holds no embedding (E,) or (tracks, E): name another column by --embedding")
    if not value.size:
        raise ClipError("no-face", f"{column} has no row: no face was followed in the clip")
    return np.asarray(value if value.ndim == 1 else value.mean(axis=0), np.float32)


def length_of(column: str, paths: Sequence[str | Place]) -> int:
    """How many numbers an embedding of a column has: by the first sample that has one. Raises ColumnError."""
    dataset = ShardDataset(list(paths), [column], missing="skip")
    for number in range(len(dataset)):
        try:
            return embedding_of(dataset[number], column).shape[-1]
        except ClipError:
            continue
    raise ColumnError(f"no sample has a row in {column}: name another column by --embedding")
