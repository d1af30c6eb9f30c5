"""YuNet: a small face detector with five points (Wu et al. 2023), as OpenCV ships it. An opinion beside MTCNN's."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from faceshards.models.detections import Detections, Floats
from faceshards.models.nets.boxes import kept_by_nms
from faceshards.models.sessions.onnx import OnnxSession

_STRIDES = (8, 16, 32)


class YuNet:
    """The detector on the 640 x 640 model `yunet_2023mar`. It is made for faces of 10 to 300 pixels.

    `score`: least sqrt(class * object probability), as in OpenCV's FaceDetectorYN; `overlap`: its NMS threshold.
    """

    def __init__(self, model: Path, device: str = "cpu", score: float = 0.7, overlap: float = 0.3) -> None:
        self._session = OnnxSession(model, device)
        self._side = 640
        self.score = score
        self.overlap = overlap

    def detect(self, frame: npt.NDArray[np.uint8], side: int = 640) -> Detections:
        """All faces of a frame, uint8 (H, W, 3) RGB, best score first, not clipped to the frame.

        The frame is first resized so that its longer side is at most `side` pixels (32 to 640): take less for
        close-ups, whose faces must come down to 300 pixels.
        """
        scale = min(1.0, side / max(frame.shape[:2]))
        size = max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))
        canvas = np.zeros((self._side, self._side, 3), np.uint8)
        canvas[: size[1], : size[0]] = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        outputs = self._session.run({"input": canvas[None, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32)})
        found = self._decoded(outputs)
        unit = np.array([frame.shape[1] / size[0], frame.shape[0] / size[1]], np.float32)
        return Detections(found.boxes * np.tile(unit, 2), found.points * unit, found.scores)

    def _decoded(self, outputs: dict[str, np.ndarray]) -> Detections:
        """Faces in the canvas' pixels: each cell of each stride proposes one."""
        boxes, points, scores = [], [], []
        for stride in _STRIDES:
            cls, obj, box, kps = (outputs[f"{name}_{stride}"][0] for name in ("cls", "obj", "bbox", "kps"))
            cells = _cells(self._side // stride)
            centres, sides = (box[:, :2] + cells) * stride, np.exp(box[:, 2:]) * stride
            boxes.append(np.concatenate([centres - sides / 2, centres + sides / 2], axis=1))
            points.append((kps.reshape(-1, 5, 2) + cells[:, None]) * stride)
            scores.append(np.sqrt(np.clip(cls, 0, 1) * np.clip(obj, 0, 1))[:, 0])
        found = Detections(np.concatenate(boxes), np.concatenate(points), np.concatenate(scores))
        found = found.take(found.scores > self.score)
        return found.take(kept_by_nms(found.boxes, found.scores, self.overlap))


def _cells(count: int) -> Floats:
    """x and y of each cell of a count x count grid, row by row: float32 (count * count, 2)."""
    y, x = np.divmod(np.arange(count * count), count)
    return np.stack([x, y], axis=1).astype(np.float32)
