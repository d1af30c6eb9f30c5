"""VGG-Face out of a file: a bare state_dict, as Speech-to-face's converter and ours write either layout."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Literal

import torch

from faceshards.errors import UnsafeData, UsageError, WeightsError
from faceshards.models.nets.face_encoder import VggFace

#: In which layers VGG-Face's weights circulate.
VggLayout = Literal["serengil", "rcmalli"]


def load_vgg_face(path: Path, layout: VggLayout | None = None) -> VggFace:
    """VGG-Face with the weights of a file, in the `layout` that they have, which is that one where it is given.

    Raises UsageError for a file that is not there, WeightsError for one that is not VGG-Face's or of another layout,
    UnsafeData for one that holds more than tensors.
    """
    state = _state_dict(path)
    found: VggLayout = "serengil" if "layer1.1.weight" in state else "rcmalli"
    if layout is not None and layout != found:
        raise WeightsError(f"{path} holds VGG-Face in the layout {found}, not {layout}: say --face-encoder {found}")
    encoder = VggFace(found)
    try:
        encoder.load_state_dict(state)
    except RuntimeError as error:
        raise WeightsError(f"{path} is not VGG-Face: its layers have other names or shapes") from error
    return encoder


def _state_dict(path: Path) -> dict[str, torch.Tensor]:
    if not path.is_file():
        raise UsageError(f"{path}: no such weights: give VGG-Face's state_dict, or none for an untrained encoder")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UnsafeData(f"{path} holds more than tensors: give a bare state_dict") from error
    except Exception as error:  # bytes of any kind make torch raise nearly anything
        raise WeightsError(
            f"{path} does not read as a state_dict ({type(error).__name__}): `faceshards weights convert` makes one "
            "of Keras' .h5"
        ) from error
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise WeightsError(f"{path} is no bare state_dict of VGG-Face")
    return state
