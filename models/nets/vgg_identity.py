"""VGG-Face as an identity: 4096 numbers a face, its layer fc7 (Parkhi et al. 2015), on what it was trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from faceshards.errors import WeightsError
from faceshards.media.geometry import crop_matrix, warp
from faceshards.models.nets.face_encoder import VggFace

#: The side of a face, in pixels, and how many numbers it becomes.
SIDE, NUMBERS = 224, 4096
# Of blue, green and red, 0..255, as keras-vggface takes them off (`preprocess_input`, version 1).
_MEAN = torch.tensor([93.5940, 104.7624, 129.1863])


class VggIdentity:
    """A checked state dict of VGG-Face, as Speech-to-face's converter writes either layout, a few faces at a time.
    Raises WeightsError for another file.

    Speech-to-face itself feeds it RGB in 0..1: its embeddings, which `train` makes of pictures, are others.
    """

    def __init__(self, model: Path, batch: int = 2) -> None:
        torch.set_num_threads(1)  # parallelism is workers; and a sum split otherwise has other last digits
        self.batch = batch
        try:
            state = torch.load(model, map_location="cpu", weights_only=True, mmap=True)
            with torch.device("meta"):
                net = VggFace("serengil" if "layer1.1.weight" in state else "rcmalli")
            net.load_state_dict(state, assign=True)
        except Exception as error:  # of torch's unpickler: it promises no type
            said = " ".join(str(error).split())
            raise WeightsError(f"{model} is no state dict of VGG-Face in a known layout ({said:.120})") from error
        self._net = net.eval().requires_grad_(False)

    def crop(self, picture: np.ndarray, box: np.ndarray) -> np.ndarray:
        """What it sees of a face's box (4,), x1 y1 x2 y2, in a picture: uint8 (224, 224, 3), squashed."""
        return warp(picture, crop_matrix(box, (SIDE, SIDE)), (SIDE, SIDE))

    @torch.inference_mode()
    def run(self, crops: np.ndarray) -> tuple[np.ndarray]:
        """Of crops, uint8 (n, 224, 224, 3) RGB: float32 (n, 4096), not negative, not of length 1. Raises ValueError for
        NaN and infinity.
        """
        blue_first = torch.from_numpy(np.ascontiguousarray(crops[..., ::-1])).float() - _MEAN
        found = self._net.embedding(blue_first.permute(0, 3, 1, 2)).numpy()
        if not np.isfinite(found).all():
            raise ValueError("the network that knows faces returned NaN or infinity")
        return (found,)
