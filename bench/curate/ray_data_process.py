"""Ray Data's run: `python -m faceshards.bench.curate.ray_data_process ADDRESS STAGES POOL OUT SHARD...`.

Every stage is a pool of POOL actors; all of them and one decoding task share the two CPUs.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from faceshards.media.clip import Clip
from faceshards.shards.reader import Shard

_BATCH = 32


class LookedAt:
    """A stage's arithmetic over a batch of frames, its numbers beside them; the frames go on to the next stage."""

    def __init__(self, word: str) -> None:
        module, _, name = word.partition(":")
        self._stage = getattr(importlib.import_module(module), name)()
        self._stage.setup()

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The batch with a column more."""
        return {**batch, self._stage.name: self._stage.values(batch["image"], {})}


def decoded(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row a frame."""
    with Shard(row["path"]) as shard:
        for chunk in Clip.of(shard, row["row"], shard.json(row["row"])).frames(most=_BATCH):
            for number, picture in zip(chunk.numbers.tolist(), chunk.pictures, strict=True):
                yield {"path": row["path"], "row": row["row"], "frame": number, "image": picture}


def main(address: str, stages: str, pool: str, out: str, *shards: str) -> None:
    """Runs the stages over all clips, and writes a Parquet file of their numbers."""
    import ray

    ray.init(address, logging_level=logging.ERROR, log_to_driver=False)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    data: Any = ray.data.from_items([{"path": path, "row": row} for path in shards for row in _rows(path)])
    data = data.flat_map(decoded, num_cpus=1 if int(pool) == 1 else 0.5)
    words = stages.split(",")
    share = (1.0 if int(pool) == 1 else 1.5) / (len(words) * int(pool))
    for word in words:
        where: dict[str, Any] = {"compute": ray.data.ActorPoolStrategy(size=int(pool)), "num_cpus": share}
        data = data.map_batches(LookedAt, fn_constructor_args=(word,), batch_size=_BATCH, batch_format="numpy", **where)
    data.drop_columns(["image"]).write_parquet(out)


def _rows(path: str) -> range:
    with Shard(path) as shard:
        return range(len(shard))


if __name__ == "__main__":
    main(*sys.argv[1:])
