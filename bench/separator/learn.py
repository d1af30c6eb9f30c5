"""Trains the separator and holds what it says apart against the true voices, also after the two faces are swapped."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from torch import nn

from faceshards.bench.curve import curve
from faceshards.bench.separator.recordings import faceshards
from faceshards.loaders import ShardDataset
from faceshards.loaders.views.avspeech import SpeechMixtures
from faceshards.media.separation import applied, recovered, sdr_db, sound_of
from faceshards.models.trained import SEPARATOR, trained

#: Mixtures that are measured of each kind.
MIXTURES = 24

# Steps that a mean is taken over.
_MEAN = 40


@dataclass(frozen=True)
class Apart:
    """Of some mixtures, means over their voices, in dB: `mixture`, the scale-invariant ratio of signal to distortion of
    the mixture itself; `gain`, by how much that of a voice which the network makes is above it; `least`, the least mean
    gain of a mixture. `swapped`: the gain after the faces were swapped, over the voice whose face is in its place;
    `unswapped`: that of the same sounds over the voice that was there before, which they should hold no more.
    """

    mixtures: int
    mixture: float
    gain: float
    least: float
    swapped: float
    unswapped: float


def learn(shards: Path, out: Path, *options: str) -> dict[str, Apart]:
    """Trains as the preset says, and `options` beside it, on `seen.tar`, and measures mixtures `trained` on; `pairs` of
    speakers who were trained on but never mixed with each other; `later` spans of the speakers; `strangers`.
    """
    sides = ("--data", shards / "seen.tar", "--val-data", shards / "strangers.tar")
    faceshards("train", "separator", "--config", "separator-small", *sides, "--out", out, *options)
    net, _ = trained(out / "checkpoint.pt", SEPARATOR)
    return {name: apart(net, data) for name, data in measured(shards).items()}


def measured(shards: Path) -> dict[str, ShardDataset]:
    """The mixtures that are measured, by their kind."""
    view, seen = SpeechMixtures(most=MIXTURES), shards / "seen.tar"
    mixed = ShardDataset(seen, view=SpeechMixtures())
    first = {mixed[number]["__key__"].split(",")[0].rpartition("-")[0] for number in range(0, len(mixed), 50)}
    block = " OR ".join(f"starts_with(key, '{one}')" for one in sorted(first))
    return {
        "trained": ShardDataset(seen, view=view),
        "pairs": ShardDataset(seen, view=view, where=block),
        "later": ShardDataset(shards / "later.tar", view=view),
        "strangers": ShardDataset(shards / "strangers.tar", view=view),
    }


@torch.inference_mode()
def apart(net: nn.Module, data: ShardDataset) -> Apart:
    """What a network makes of mixtures of two."""
    found = []
    for batch in data.loader(2, shuffle=False):
        heard = batch["mixture"].numpy()
        true = _voices(batch["masks"], heard)
        before = sdr_db(true, sound_of(heard)[:, None])  # (B, 2)
        made, turned = (_voices(net(batch["mixture"], faces), heard) for faces in _orders(batch["faces"]))
        of_other = true[:, ::-1]
        swapped, unswapped = sdr_db(of_other, turned) - before[:, ::-1], sdr_db(true, turned) - before
        found.append(np.stack([before, sdr_db(true, made) - before, swapped, unswapped]).mean(-1))
    before, gain, swapped, unswapped = np.concatenate(found, axis=1)
    means = [float(each.mean()) for each in (before, gain, swapped, unswapped)]
    return Apart(len(gain), means[0], means[1], float(gain.min()), *means[2:])


def drawn(out: Path) -> str:
    """The curves of a run as an SVG."""
    losses = _points(out / "losses.csv")
    ends = range(_MEAN, len(losses) + 1, _MEAN // 2)
    smooth = [(losses[end - 1][0], fmean(loss for _, loss in losses[end - _MEAN : end])) for end in ends]
    lines = {"trained on": smooth, "strangers": _points(out / "validation.csv")}
    return curve("Separator: two voices by their faces", "steps", "error of the masks, by loudness", lines)


def _points(path: Path) -> list[tuple[float, float]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows: list[Mapping[str, str]] = list(csv.DictReader(file))
    return [(float(row["step"]), float(row["loss"])) for row in rows]


def _orders(faces: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return faces, faces.flip(-1)


def _voices(masks: torch.Tensor, mixtures: np.ndarray) -> np.ndarray:
    """The voices of compressed masks (B, 298, 257, 2, 2): float32 (B, 2, samples)."""
    each = np.moveaxis(masks.numpy(), -1, 1)
    return sound_of(applied(recovered(each), mixtures[:, None]))
