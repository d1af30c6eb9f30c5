"""FaceNet: 1792 numbers a face, the layer before its last (Schroff et al. 2015), as speech_separation takes them.

Its network is keras-facenet's Inception-ResNet v1 up to the layer `AvgPool`: a state dict that `faceshards weights
convert` made of `facenet_keras.h5`, or an ONNX file of tf2onnx.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.errors import StageError, WeightsError
from faceshards.media.geometry import crop_matrix, warp
from faceshards.models.sessions.row_net import RowNet

#: The side of a face, in pixels, and how many numbers it becomes.
SIDE, NUMBERS = 160, 1792


class FaceNet:
    """The network, on up to `batch` faces at a time: a file that ends in `.onnx` by ONNX Runtime, any other by torch.
    Raises StageError for an ONNX file, WeightsError for a state dict of another kind.
    """

    def __init__(self, model: Path, batch: int = 8, device: str = "cpu") -> None:
        net = _Onnx(model, batch, device) if model.suffix == ".onnx" else _Torch(model, batch, device)
        self._net, self.batch = net, net.batch

    def crop(self, picture: np.ndarray, box: np.ndarray) -> np.ndarray:
        """What it sees of a face's box (4,), x1 y1 x2 y2, in a picture: uint8 (160, 160, 3), squashed."""
        return warp(picture, crop_matrix(box, (SIDE, SIDE)), (SIDE, SIDE))

    def run(self, crops: np.ndarray) -> tuple[np.ndarray]:
        """Of crops, uint8 (batch, 160, 160, 3) RGB, which it sees as they are, 0..255: float32 (batch, 1792), not of
        length 1. Raises ValueError for NaN and infinity.
        """
        found = self._net(crops)
        if not np.isfinite(found).all():
            raise ValueError("the network that knows faces returned NaN or infinity")
        return (found,)


class _Onnx:
    def __init__(self, model: Path, batch: int, device: str) -> None:
        self._net = RowNet(model, batch, high=255.0, device=device)
        self.batch = self._net.batch
        shapes = [one.shape for one in self._net.probe.values()]
        self._last = self._net.shape == (SIDE, SIDE, 3)  # Keras has colours last
        if self._net.shape not in ((SIDE, SIDE, 3), (3, SIDE, SIDE)) or shapes != [(1, NUMBERS)]:
            raise StageError(
                f"{model} is no FaceNet up to its layer AvgPool: rows are {self._net.shape}, outputs {shapes!s:.120}; "
                f"they must be ({SIDE}, {SIDE}, 3) or (3, {SIDE}, {SIDE}), and (1, {NUMBERS})"
            )

    def __call__(self, crops: np.ndarray) -> np.ndarray:
        (found,) = self._net.run(crops if self._last else crops.transpose(0, 3, 1, 2)).values()
        return found


class _Torch:
    def __init__(self, model: Path, batch: int, device: str) -> None:
        import torch

        from faceshards.models.nets.facenet import InceptionResNetV1

        torch.set_num_threads(1)  # parallelism is workers; and a sum split otherwise has other last digits
        self.batch, self._device = batch, device
        try:
            state = torch.load(model, map_location="cpu", weights_only=True, mmap=True)
            with torch.device("meta"):
                net = InceptionResNetV1()
            net.load_state_dict(state, assign=True)
        except Exception as error:  # of torch's unpickler: it promises no type
            said = " ".join(str(error).split())
            raise WeightsError(
                f"{model} is no state dict of FaceNet ({said:.120}): `faceshards weights convert` makes one of "
                "facenet_keras.h5"
            ) from error
        self._net = net.to(device).eval().requires_grad_(False)

    def __call__(self, crops: np.ndarray) -> np.ndarray:
        import torch

        with torch.inference_mode():
            faces = torch.from_numpy(crops).to(self._device).permute(0, 3, 1, 2).float()
            return self._net(faces).cpu().numpy()
