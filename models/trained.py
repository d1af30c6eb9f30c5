"""The networks that a checkpoint may hold: how each is built from its configuration, and read back with its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from torch import nn

from faceshards.errors import UsageError
from faceshards.models import checkpoint
from faceshards.models.nets.expression import ExpressionNet
from faceshards.models.nets.face_decoder import FaceDecoder
from faceshards.models.nets.separator import Separator
from faceshards.models.nets.voice_encoder import VoiceEncoder

Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True)
class Network(Generic[Net]):
    """A network that is trained here.

    `task`: the command of `faceshards train` that trains it, and `config["task"]` of its checkpoints. `arguments`:
    the names in the configuration that `kind` is called with, in its order; `options`: names of further ones, which a
    configuration may lack.
    """

    task: str
    kind: type[Net]
    arguments: tuple[str, ...]
    options: tuple[str, ...] = ()

    def build(self, config: Mapping[str, Any]) -> Net:
        """The network of a configuration, untrained."""
        options = {name: config[name] for name in self.options if name in config}
        return self.kind(*(config[name] for name in self.arguments), **options)


VOICE_ENCODER = Network("voice-encoder", VoiceEncoder, ("width", "embedding"), ("rectified",))
FACE_DECODER = Network("face-decoder", FaceDecoder, ("width", "points", "embedding"))
SEPARATOR = Network("separator", Separator, ("width", "speakers", "embedding"))
EXPRESSION = Network("expression", ExpressionNet, ("width", "codes"))

#: Task -> its network.
NETWORKS: dict[str, Network[Any]] = {one.task: one for one in (VOICE_ENCODER, FACE_DECODER, SEPARATOR, EXPRESSION)}


def trained(path: Path, network: Network[Net]) -> tuple[Net, dict[str, Any]]:
    """The network of a checkpoint in evaluation mode, on the CPU, and its configuration.

    Raises UsageError where the checkpoint is absent or of another network, UnsafeData for a file with code in it.
    """
    saved = checkpoint.load(path)
    if saved.config.get("task") != network.task:
        raise UsageError(
            f"{path} is a checkpoint of {saved.config.get('task')!r}, here one of {network.task!r} is needed"
        )
    try:
        net = network.build(saved.config)
        net.load_state_dict(saved.model)
    except (KeyError, RuntimeError) as error:
        raise UsageError(
            f"{path}: its weights are not those of the {network.task} that its configuration describes: train it again"
        ) from error
    return net.eval(), saved.config
