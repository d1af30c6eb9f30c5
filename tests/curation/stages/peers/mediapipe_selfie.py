"""MediaPipe's own masks of persons: run by `tests.oracle`, in its Python. Not a test module."""

import mediapipe
import numpy as np


def answer(pictures: np.ndarray) -> dict[str, np.ndarray]:
    """How sure it is that a pixel of pictures, uint8 (n, H, W, 3), is a person's: float32 (n, H, W), 0 to 1."""
    with mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0) as program:
        return {"masks": np.stack([program.process(picture).segmentation_mask for picture in pictures])}
