"""A network of a checkpoint, ready to be asked: on its device, with what the checkpoint says of whether it learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

from faceshards.models import checkpoint
from faceshards.models.device import torch_device
from faceshards.models.trained import Net, Network, held_by
from faceshards.models.weights.registry import digest


@dataclass(frozen=True)
class TrainedNet(Generic[Net]):
    """`config`: the checkpoint's; `doubt`: why nothing shows that it learned, "" where something does; `sha256`: of the
    checkpoint's file.
    """

    net: Net
    path: Path
    config: dict[str, Any]
    doubt: str
    sha256: str

    @classmethod
    def load(cls, path: Path, network: Network[Net], device: str = "cpu") -> TrainedNet[Net]:
        """Raises what `trained` does, and StageError for a device that is not there."""
        saved = checkpoint.load(path)
        net, config, reasons = held_by(saved, path, network), saved.config, doubts(saved.config, vars(saved))
        doubt = f"{network.task}: {'; '.join(reasons)}" if reasons else ""
        return cls(net.to(torch_device(device, threads=None)), path, config, doubt, digest(path))


def doubts(config: Mapping[str, Any], saved: Mapping[str, Any]) -> list[str]:
    """Why nothing in a checkpoint shows that its network learned what it is asked for.

    It did where its loss on persons whom it had not seen fell since the first look at them, on targets that mean
    something: embeddings of a face encoder that was trained itself. Few steps, or a loss that fell on what was trained
    on, show nothing.
    """
    found = []
    if untrained_targets(config):
        found.append("learned from an untrained face encoder, so it shows the plumbing alone")
    first, best = saved.get("first"), saved.get("best")
    if best is None:
        found.append(f"{saved.get('step', 0)} steps, never held against faces that it had not seen")
    elif first is None or not best < first:
        found.append(f"{saved.get('step', 0)} steps, in which its loss on faces that it had not seen did not fall")
    return found


def untrained_targets(config: Mapping[str, Any]) -> bool:
    """Whether the embeddings that a network learned come from an encoder that never learned."""
    return str(config.get("face_encoder", "")).startswith("untrained")
