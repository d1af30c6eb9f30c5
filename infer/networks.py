"""Trained networks, built again from the checkpoints of `train`."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

from faceshards.errors import UnsafeData, UsageError
from faceshards.models.nets.face_decoder import FaceDecoder
from faceshards.models.nets.voice_encoder import VoiceEncoder


def load_voice_encoder(path: Path) -> tuple[VoiceEncoder, dict[str, Any]]:
    """The net in evaluation mode, and its configuration. Raises UsageError for another checkpoint, UnsafeData."""
    config, weights = _read(path, "voice-encoder")
    net = VoiceEncoder(config["width"], config["embedding"])
    net.load_state_dict(weights)
    return net.eval(), config


def load_face_decoder(path: Path) -> tuple[FaceDecoder, dict[str, Any]]:
    """The net in evaluation mode, and its configuration. Raises UsageError for another checkpoint, UnsafeData."""
    config, weights = _read(path, "face-decoder")
    net = FaceDecoder(config["width"], config["points"], config["embedding"])
    net.load_state_dict(weights)
    return net.eval(), config


def _read(path: Path, task: str) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    if not path.is_file():
        raise UsageError(f"{path}: no such checkpoint: train one with `faceshards train {task}`")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        config, weights = content["config"], content["model"]
    except pickle.UnpicklingError as error:
        raise UnsafeData(f"{path} holds more than tensors and plain values: give a checkpoint of `train`") from error
    except Exception as error:  # bytes of any kind make torch raise nearly anything
        raise UsageError(f"{path} does not read as a checkpoint of `train {task}` ({type(error).__name__})") from error
    if config.get("task") != task:
        raise UsageError(f"{path} is a checkpoint of {config.get('task')!r}, here one of {task!r} is needed")
    return config, weights
