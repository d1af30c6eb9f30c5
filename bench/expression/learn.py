"""Trains the expression network on made-up talkers, looking in between at persons whom it never heard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from faceshards.bench.expression.talkers import write_talkers
from faceshards.errors import FaceshardsError
from faceshards.loaders import ShardDataset
from faceshards.loaders.views import CodeStatistics, EmocaCodes
from faceshards.models.nets.expression import GROUPS
from faceshards.models.trained import EXPRESSION, trained
from faceshards.packing.kinds.emoca.kind import Emoca
from faceshards.packing.options import PackOptions
from faceshards.packing.packer import Packer
from faceshards.packing.sources.opening import open_source
from faceshards.train.fit import ExpressionTraining
from faceshards.train.tasks.expression import MOVING, ExpressionTask

#: Which of the 284 codes says how far the jaw is open.
OPENING = GROUPS["jaw"][0]
SEEN, UNSEEN = "identity < 'M010'", "identity >= 'M010'"


@dataclass(frozen=True)
class LearningScale:
    """14 persons, four of them held out, with `sequences` of `seconds` each; `steps` in all, a look every `look`."""

    sequences: int = 3
    seconds: float = 8.0
    steps: int = 300
    look: int = 25
    width: float = 0.25


@dataclass(frozen=True)
class HeldOutLook:
    """Of held-out persons after `step`: the correlation of the jaw's opening with the true one, over all frames, and
    `validate`'s distances.
    """

    step: int
    jaw_correlation: float
    distances: dict[str, float]


def shards_of_talkers(work: Path, scale: LearningScale) -> Path:
    """A folder of shards of the talkers, packed as `faceshards pack emoca` packs them."""
    write_talkers(work / "talkers", 14, scale.sequences, scale.seconds)
    with closing(open_source(work / "talkers")) as archive:
        report = Packer(archive, work / "shards", PackOptions(), kind=Emoca()).run()
    if report.failures:
        raise FaceshardsError(f"{report.failures} talkers were not packed")
    return work / "shards"


def learn(work: Path, scale: LearningScale) -> Iterator[HeldOutLook]:
    """Trains as `faceshards train expression` does, going on from look to look."""
    shards, out = shards_of_talkers(work, scale), work / "run"
    for step in range(scale.look, scale.steps + 1, scale.look):
        ExpressionTraining(
            data=[str(shards)],
            where=SEEN,
            out=out,
            width=scale.width,
            frames=50,
            batch_size=8,
            lr=0.002,
            resume=True,
            steps=step,
            save_every=scale.look,
        ).train()
        yield look(out / "checkpoint.pt", shards, step)


def look(checkpoint: Path, shards: Path, step: int) -> HeldOutLook:
    """What a checkpoint says of the persons that are held out, in windows of four seconds."""
    net, config = trained(checkpoint, EXPRESSION)
    task = ExpressionTask(config["width"])
    task.model.load_state_dict(net.state_dict())
    task.eval()
    view = EmocaCodes(100, start="all", statistics=CodeStatistics.of(**config["settings"]["statistics"]))
    predicted, true, found = [], [], []
    for batch in ShardDataset(shards, where=UNSEEN, view=view).loader(8, shuffle=False):
        with torch.inference_mode():
            made = net(batch["audio"], batch["envelope"], batch["reference"])
            found.append((len(made), task.validate(batch)))
        predicted.append(made[..., OPENING].flatten())
        true.append(batch["codes"][..., OPENING].flatten())
    opening = np.corrcoef(torch.cat(predicted), torch.cat(true))[0, 1]
    names = [f"{name}{end}" for name in MOVING for end in ("", "_of_mean")]
    weights = [count for count, _ in found]
    distances = {name: float(np.average([each[name] for _, each in found], weights=weights)) for name in names}
    return HeldOutLook(step, float(opening), distances)
