"""Embeddings that the data hold already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from faceshards.errors import ClipError, ColumnError, UsageError
from faceshards.loaders.dataset import ShardDataset
from faceshards.loaders.paths import expanded
from faceshards.loaders.views.face_arrays import embedding_of
from faceshards.models.published import UNNAMED
from faceshards.shards.index.catalogue import catalogued
from faceshards.shards.reader import Shard
from faceshards.shards.storage.url import Place

# The column of which shards tell the backend, and the stage that makes it.
_IDENTITY, _STAGE = "identity.npy", "identity"
# Found beside sounds and pictures by `faceshards pack`: VGG-Face's, by the column's declaration.
_PACKED = "face_embedding.npy"


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
        return {**self._view(sample), "embedding": embedding_of(self._column, sample.get(self._column))}


def origin_of(column: str, paths: Sequence[str | Place]) -> str:
    """What a checkpoint says of embeddings that stand in a column: of `identity.npy` the backend that made it, and the
    column; those that were packed beside sounds and pictures are of one VGG-Face or the other. Raises UsageError where
    shards have it of two backends, which mean nothing to each other.
    """
    if column == _PACKED:
        return UNNAMED
    found: dict[str, str] = {}
    for place in catalogued(expanded(list(paths), None)).shards if column == _IDENTITY else ():
        with Shard(place) as shard:
            told = [one.params for one in shard.provenance.values() if one.stage == _STAGE]
            found |= {str(one.get("backend")): place.name for one in told}
    if len(found) > 1:
        (one, first), (other, second), *_ = found.items()
        raise UsageError(
            f"{column} is {one}'s in {first} and {other}'s in {second}: give shards of one, or run the stage again"
        )
    return ", ".join([*found, f"column {column}"])


def length_of(column: str, paths: Sequence[str | Place]) -> int:
    """How many numbers an embedding of a column has: by the first sample that has one. Raises ColumnError."""
    dataset = ShardDataset(list(paths), [column], missing="skip")
    for number in range(len(dataset)):
        try:
            return embedding_of(column, dataset[number].get(column)).shape[-1]
        except ClipError:
            continue
    raise ColumnError(f"no sample has a row in {column}: name another column by --embedding")
