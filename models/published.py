"""Speech-to-face's own checkpoints (Kacper-Pietkun/Speech-to-face, MIT) as ours: `best_model.pt`, `latest_model.pt`.

Theirs are a dict of `epoch`, `loss`, `best_loss`, `model_state_dict`, `optimizer_state_dict`, `history` and
`fine_tune_epoch_start`. Which network it is of is told by its weights' names. Voice encoders are of two eras, whose
weights have the same names and shapes: until November 2023 (commit 04e96ff) the last layer was linear and spectrograms
were real and imaginary parts; since then there is a ReLU behind it, and they are magnitude and phase, of -23 dBFS.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import torch

from faceshards.errors import UsageError

#: Of voice encoders: until commit 04e96ff, and since.
Era = Literal["original", "head"]

#: What stands for the face encoder of a checkpoint that does not say which VGG-Face it was.
UNNAMED = "vgg-face"

_HEARD: dict[Era, dict[str, Any]] = {"original": {"variant": "parts"}, "head": {"variant": "polar", "rms": -23.0}}
# The betas of Adam in HEAD's `train_ve_conv.py`; the original era's `train_voice_encoder.py` leaves torch's own.
_HEADS_BETAS = (0.5, 0.999)


def is_published(content: Any) -> bool:
    """Whether what a file holds is a checkpoint of Speech-to-face."""
    return isinstance(content, Mapping) and "model_state_dict" in content


def published(path: Path, content: Mapping[str, Any], era: Era | None = None) -> dict[str, Any]:
    """The fields of a checkpoint of ours. `era`: of a voice encoder; where it is not given, it is found by the settings
    of its optimizer. Raises UsageError for another network, and where the era is not found.
    """
    model = content["model_state_dict"]
    if not isinstance(model, Mapping) or not all(isinstance(one, torch.Tensor) for one in model.values()):
        raise UsageError(f"{path}: its model_state_dict is no dict of tensors: give a checkpoint of Speech-to-face")
    optimizer, epoch = content.get("optimizer_state_dict") or {}, content.get("epoch")
    config = {"width": 1.0, "embedding": 4096, "face_encoder": UNNAMED}
    if "pre_layers.0.0.weight" in model:
        config |= {"task": "face-decoder", "points": 72}
    elif "layer1.0.weight" in model and "layer11.0.weight" in model:
        era = era or _found(path, optimizer)
        config |= {"task": "voice-encoder", "rectified": era == "head", "settings": {"spectrogram": _HEARD[era]}}
    else:
        raise UsageError(
            f"{path} is a checkpoint of Speech-to-face, but neither of its convolutional voice encoder nor of its face "
            f"decoder: its weights are {', '.join(list(model)[:3])}, ..."
        )
    return {
        "step": epoch if isinstance(epoch, int) else 0,
        "config": config,
        "model": dict(model),
        "optimizer": optimizer,
        "loader": None,
        "random": torch.get_rng_state(),
    }


def same_encoder(one: str | None, other: str | None) -> bool:
    """Whether two checkpoints may be of one face encoder's embeddings: by its name, or where one does not say which
    VGG-Face it was.
    """
    names = {str(one), str(other)}
    return len(names) == 1 or (UNNAMED in names and all(name.startswith(UNNAMED) for name in names))


def _found(path: Path, optimizer: Mapping[str, Any]) -> Era:
    groups = optimizer.get("param_groups") or [{}]
    if tuple(groups[0].get("betas", ())) == _HEADS_BETAS:
        return "head"
    raise UsageError(
        f"{path} is a voice encoder of Speech-to-face, and nothing in it says of which era: say so by "
        f"`faceshards weights convert {path} --out NEW.pt --era {'|'.join(get_args(Era))}` (original: until November "
        "2023, its last layer is linear; head: since, with a ReLU), and give that file"
    )
