"""Networks that draw a picture in another style, as ONNX files: a picture in, one of the same size out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceshards.errors import StageError
from faceshards.models.sessions.row_net import RowNet


@dataclass(frozen=True)
class Values:
    """What the values 0 and 255 of a picture, RGB, are to a network, in and out; its sides must be multiples."""

    black: float
    white: float
    multiple: int

    def told(self, pictures: np.ndarray) -> np.ndarray:
        """Pictures, uint8, as the network sees them: float32."""
        return pictures.astype(np.float32) * np.float32((self.white - self.black) / 255) + np.float32(self.black)

    def shown(self, values: np.ndarray) -> np.ndarray:
        """What a network drew, float, as pictures: uint8. Raises ValueError for NaN and infinity."""
        if not np.isfinite(values).all():
            raise ValueError("the network that draws returned NaN or infinity")
        return np.rint((values - self.black) * (255 / (self.white - self.black))).clip(0, 255).astype(np.uint8)


#: The examples of PyTorch (fast_neural_style, Johnson et al. 2016), and AnimeGANv2 (Chen et al. 2019).
FAST_NEURAL_STYLE, ANIMEGAN2 = Values(0, 255, 4), Values(-1, 1, 32)


class StyleNet:
    """A model file of one input and one output, (rows, 3, H, W) or (rows, H, W, 3), that draws up to `batch` pictures
    at a time; where the file leaves their size free they are squares of `side` pixels. `size` is width and height.

    Raises StageError for a file of another kind, or a side that the network cannot have.
    """

    def __init__(self, model: Path, values: Values, batch: int, side: int, device: str = "cpu") -> None:
        if side < values.multiple or side % values.multiple:
            raise StageError(f"side must be a multiple of {values.multiple} pixels for {model.name}, got {side}")
        self._net = RowNet(model, batch, high=values.white, device=device, side=side)
        self._values, self.batch = values, self._net.batch
        shape, outputs = self._net.shape, {name: one.shape for name, one in self._net.probe.items()}
        if len(shape) != 3 or 3 not in (shape[0], shape[2]) or list(outputs.values()) != [(1, *shape)]:
            raise StageError(
                f"{model} does not draw pictures: rows are {shape}, outputs {outputs!s:.120}; they must be "
                "(3, H, W) or (H, W, 3), and one of the same shape"
            )
        self._first = shape[0] == 3
        height, width = shape[1:] if self._first else shape[:2]
        self.size = (width, height)

    def run(self, pictures: np.ndarray) -> tuple[np.ndarray]:
        """Pictures, uint8 (batch, h, w, 3) RGB, drawn: the same. Raises ValueError for NaN and infinity."""
        values = self._values.told(pictures)
        (drawn,) = self._net.run(values.transpose(0, 3, 1, 2) if self._first else values).values()
        return (self._values.shown(drawn.transpose(0, 2, 3, 1) if self._first else drawn),)
