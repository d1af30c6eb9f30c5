"""What a face decoder draws from: the embedding of a face, by the very encoder on whose embeddings it was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from faceshards.errors import UsageError
from faceshards.media.picture import scaled
from faceshards.models.nets.face_encoder import TinyFaceEncoder, VggFace
from faceshards.models.nets.vgg_face_file import VggLayout, load_vgg_face
from faceshards.models.sessions.dlib_identity import DlibIdentity, load_dlib_identity
from faceshards.models.weights.registry import digest

_SIDE = 224
_NEEDED = (
    "say --face-encoder serengil|rcmalli and --face-encoder-weights FILE, its state_dict (`faceshards weights convert` "
    "makes one of Keras' .h5)"
)


class FaceEmbedding(Protocol):
    """A face encoder. `from_frame`: whether it cuts its faces out of the frame itself, and sees no upright crop."""

    name: str
    from_frame: bool

    def seen(self, picture: np.ndarray, box: np.ndarray) -> np.ndarray:
        """What it sees of a face's box (4,) in a picture, uint8 (H, W, 3) RGB."""

    def embed(self, crops: Sequence[np.ndarray]) -> torch.Tensor:
        """The embeddings, float32 (B, E) on the CPU, of what it sees of faces, uint8 (S, S, 3) each."""


class PictureEncoder:
    """VGG-Face, or the small encoder that never learned, on whole pictures of faces, RGB in 0..1 as it was trained."""

    from_frame = False

    def __init__(self, name: str, net: VggFace | TinyFaceEncoder, device: str) -> None:
        self.name, self._device = name, device
        self._net = net.eval().requires_grad_(False).to(device)

    def seen(self, picture: np.ndarray, box: np.ndarray) -> np.ndarray:
        """The whole picture, squashed to 224 x 224."""
        return picture if picture.shape[:2] == (_SIDE, _SIDE) else scaled(picture, (_SIDE, _SIDE))

    @torch.inference_mode()
    def embed(self, crops: Sequence[np.ndarray]) -> torch.Tensor:
        """See `FaceEmbedding`."""
        faces = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 255
        return self._net.embedding(faces.to(self._device)).cpu()


class DlibEncoder:
    """Dlib's identity, which stands a face upright by points of its own. Raises WeightsError, ImportError."""

    name, from_frame = "dlib", True

    def __init__(self) -> None:
        self._net: DlibIdentity = load_dlib_identity()

    def seen(self, picture: np.ndarray, box: np.ndarray) -> np.ndarray:
        """The face of a box, upright, uint8 (150, 150, 3)."""
        return self._net.chip(picture, box)

    def embed(self, crops: Sequence[np.ndarray]) -> torch.Tensor:
        """See `FaceEmbedding`: (B, 128)."""
        return torch.from_numpy(self._net.embed_chips(np.stack(crops)))


def embedding_of(
    name: str, config: Mapping[str, Any], layout: VggLayout | None, weights: Path | None, device: str
) -> FaceEmbedding:
    """The face encoder of a decoder's checkpoint `name`, whose configuration says which it is; of VGG-Face `weights`
    are needed, and its `layout` is held against them where it is given.

    Raises UsageError for another encoder than the decoder was trained on, and what loading it raises.
    """
    told = str(config.get("face_encoder", ""))
    if told.startswith("vgg-face"):
        return _vgg_face(name, told, layout, weights, device)
    if layout is not None or weights is not None:
        raise UsageError(f"{name} was trained on embeddings of {told!r}, not of VGG-Face: leave --face-encoder out")
    if told.startswith("dlib"):
        return DlibEncoder()
    if told.startswith("untrained"):
        seed = int(told.rpartition(" ")[2])
        return PictureEncoder(told, TinyFaceEncoder(seed, int(config["embedding"])), device)
    raise UsageError(f"{name} was trained on embeddings of {told!r}, which cannot be made here: train it anew")


def _vgg_face(name: str, told: str, layout: VggLayout | None, weights: Path | None, device: str) -> FaceEmbedding:
    if weights is None:
        raise UsageError(f"{name} was trained on embeddings of VGG-Face: {_NEEDED}")
    net = load_vgg_face(weights, layout)
    sha256 = digest(weights)
    if "sha256" in told and not told.endswith(sha256):
        raise UsageError(f"{name} was trained on embeddings of {told!r}, and {weights} has sha256 {sha256}: give those")
    return PictureEncoder(f"vgg-face sha256 {sha256}", net, device)
