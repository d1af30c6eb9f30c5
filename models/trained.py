"""The networks that a checkpoint may hold: how each is built from its configuration, and read back with its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from torch import nn

from faceshards.errors import UsageError
from faceshards.models import checkpoint
from faceshards.models.nets.expression import RATE, ExpressionNet
from faceshards.models.nets.face_decoder import FaceDecoder
from faceshards.models.nets.separator import FACES, MIXTURE, Separator
from faceshards.models.nets.voice_encoder import SPECTROGRAM, VoiceEncoder

Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True)
class Network(Generic[Net]):
    """A network that is trained here.

    `task`: the command of `faceshards train` that trains it, and `config["task"]` of its checkpoints. `arguments`:
    the names in the configuration that `kind` is called with, in its order; `options`: names of further ones, which a
    configuration may lack; `inputs`: what it is called with, float32, a row's shape each, in which a name stands for a
    number of the configuration; `outputs`: what it gives.
    """

    task: str
    kind: type[Net]
    arguments: tuple[str, ...]
    options: tuple[str, ...] = ()
    inputs: Mapping[str, tuple[int | str, ...]] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()

    def build(self, config: Mapping[str, Any]) -> Net:
        """The network of a configuration, untrained."""
        options = {name: config[name] for name in self.options if name in config}
        return self.kind(*(config[name] for name in self.arguments), **options)

    def shapes(self, config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
        """The shape of a row of each input."""
        return {
            name: tuple(int(config[side]) if isinstance(side, str) else side for side in shape)
            for name, shape in self.inputs.items()
        }


VOICE_ENCODER = Network(
    "voice-encoder",
    VoiceEncoder,
    ("width", "embedding"),
    ("rectified",),
    inputs={"spectrogram": SPECTROGRAM},
    outputs=("embedding",),
)
FACE_DECODER = Network(
    "face-decoder",
    FaceDecoder,
    ("width", "points", "embedding"),
    inputs={"embedding": ("embedding",)},
    outputs=("points", "picture"),
)
SEPARATOR = Network(
    "separator",
    Separator,
    ("width", "speakers", "embedding"),
    ("joint", "power"),
    inputs={"mixture": MIXTURE, "faces": (FACES, 1, "embedding", "speakers")},
    outputs=("masks",),
)
EXPRESSION = Network(
    "expression",
    ExpressionNet,
    ("width", "codes"),
    inputs={"audio": (10 * RATE,), "envelope": (10 * RATE,), "reference": (1, "codes")},  # 3DXTalker's windows of 10 s
    outputs=("codes",),
)

#: Task -> its network.
NETWORKS: dict[str, Network[Any]] = {one.task: one for one in (VOICE_ENCODER, FACE_DECODER, SEPARATOR, EXPRESSION)}


def trained(path: Path, network: Network[Net]) -> tuple[Net, dict[str, Any]]:
    """The network of a checkpoint in evaluation mode, on the CPU, and its configuration.

    Raises UsageError where the checkpoint is absent or of another network, UnsafeData for a file with code in it.
    """
    saved = checkpoint.load(path)
    return held_by(saved, path, network), saved.config


def held_by(saved: checkpoint.Checkpoint, path: Path, network: Network[Net]) -> Net:
    """The network of a checkpoint that was read from `path`, in evaluation mode, on the CPU.

    Raises UsageError where it is of another network.
    """
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
    return net.eval()
