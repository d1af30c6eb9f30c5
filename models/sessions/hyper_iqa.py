"""HyperIQA: how good a picture is to people (Su et al., "Blindly Assess Image Quality in the Wild Guided by a
Self-Adaptive Hyper Network", CVPR 2020), as one graph.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.errors import StageError
from faceshards.models.sessions.row_net import RowNet

#: The side of its pictures.
SIDE = 224
# ImageNet's mean and spread of values 0..1, RGB.
_MEAN, _SPREAD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


class HyperIqa:
    """An export of HyperIQA's two networks as one: an input (n, 3, 224, 224), RGB scaled as ImageNet's, and a score a
    picture, 0 to 100 for weights trained on KonIQ-10k. Raises StageError for another.
    """

    def __init__(self, model: Path, batch: int, device: str = "cpu") -> None:
        self._net = RowNet(model, batch, high=1, device=device)
        outputs = list(self._net.probe.values())
        if self._net.shape != (3, SIDE, SIDE) or len(outputs) != 1 or outputs[0].size != 1:
            raise StageError(
                f"{model} is no HyperIQA: rows are {self._net.shape}, outputs {[one.shape for one in outputs]}; they "
                f"must be (3, {SIDE}, {SIDE}), and a score"
            )
        self.batch = self._net.batch

    def run(self, pictures: np.ndarray) -> tuple[np.ndarray]:
        """The scores of pictures, uint8 (batch, 224, 224, 3) RGB: float32 (batch,). Raises ValueError for NaN."""
        scaled = ((pictures / 255 - _MEAN) / _SPREAD).astype(np.float32).transpose(0, 3, 1, 2)
        (scores,) = self._net.run(scaled).values()
        if np.isnan(scores).any():
            raise ValueError("HyperIQA returned NaN")
        return (scores.reshape(-1).astype(np.float32),)


def middle(picture: np.ndarray) -> np.ndarray:
    """The middle of a picture, uint8 (H, W, 3): (224, 224, 3), black beyond its edges, as torchvision's `CenterCrop`
    takes it.
    """
    height, width = picture.shape[:2]
    wide = [(max(0, SIDE - side) // 2, (max(0, SIDE - side) + 1) // 2) for side in (height, width)]
    padded = np.pad(picture, [*wide, (0, 0)])
    top, left = (round((side - SIDE) / 2) for side in padded.shape[:2])
    return padded[top : top + SIDE, left : left + SIDE]
