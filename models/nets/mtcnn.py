"""MTCNN: faces and five points by a cascade of three small networks (Zhang et al. 2016, arXiv 1604.02878)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from faceshards.errors import StageError
from faceshards.models.detections import Detections, Floats, Frame
from faceshards.models.nets.boxes import cut, kept_by_nms, moved, squared
from faceshards.models.nets.mtcnn_networks import MtcnnWeights, OutputNet, ProposalNet, RefinementNet

_CELL = 12  # the window of P-Net, in pixels
_STRIDE = 2  # between its windows
_PYRAMID = 0.709  # each step halves the area, as in the authors' code
_BATCH = 256  # crops at a time: bounds the memory of a crowd


class MTCNN(nn.Module):
    """The detector.

    `min_face`: faces whose longer side is less, in pixels, are neither looked for nor returned; at least 12. Time
    falls as it rises. `thresholds`: least probability in the three networks. The last one is stricter than the
    authors' 0.7: the faces of real clips score above 0.97, and an alpaca's eye 0.94.
    """

    def __init__(
        self,
        weights: MtcnnWeights,
        min_face: int = 40,
        thresholds: tuple[float, float, float] = (0.6, 0.7, 0.95),
    ) -> None:
        super().__init__()
        if min_face < _CELL:
            raise StageError(f"min_face must be at least {_CELL} pixels, got {min_face}")
        self.min_face = min_face
        self.thresholds = thresholds
        self.proposal = ProposalNet(weights.proposal)
        self.refinement = RefinementNet(weights.refinement)
        self.output = OutputNet(weights.output)
        self.eval()

    @torch.inference_mode()
    def detect(self, frame: Frame) -> Detections:
        """All faces of a frame, uint8 (H, W, 3) RGB, best score first; none in a frame smaller than 12 pixels.

        Boxes and points are not clipped to the frame: a face at the edge keeps its true shape. ValueError for an
        array of another shape or dtype.
        """
        _check(frame)
        found = self._output(frame, self._refined(frame, self._proposals(frame)))
        large = (found.boxes[:, 2:] - found.boxes[:, :2]).max(axis=1, initial=0) >= self.min_face
        found = found.take(large & (found.scores > self.thresholds[2]))
        return found.take(kept_by_nms(found.boxes, found.scores, 0.7, over="smaller"))

    @torch.inference_mode()
    def refine(self, frame: Frame, boxes: Floats) -> Detections:
        """The last network alone on given boxes (D, 4), as from the frame before: same length, same order.

        A face that is gone has a low score: keep rows whose score exceeds `thresholds[2]`. Boxes are squared first
        and padded with black where they leave the frame; the results are not clipped.
        """
        _check(frame)
        return self._output(frame, squared(np.asarray(boxes, np.float32).reshape(-1, 4)))

    def _proposals(self, frame: Frame) -> Floats:
        found = [self._proposals_at(level, frame.shape) for level in pyramid(frame, self.min_face)]
        boxes, scores, offsets = (np.concatenate(parts) for parts in zip(_NO_PROPOSALS, *found, strict=True))
        kept = kept_by_nms(boxes, scores, 0.7)
        return squared(moved(boxes[kept], offsets[kept]))

    def _proposals_at(self, level: np.ndarray, shape: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
        face, offsets = (output[0].cpu().numpy() for output in self.proposal(self._tensor(level[None])))
        y, x = np.nonzero(face > self.thresholds[0])
        corners = np.stack([x, y], axis=1) * _STRIDE
        unit = np.tile([shape[1] / level.shape[1], shape[0] / level.shape[0]], 2)
        boxes = (np.concatenate([corners, corners + _CELL], axis=1) * unit).astype(np.float32)
        kept = kept_by_nms(boxes, face[y, x], 0.5)
        y, x = y[kept], x[kept]
        return boxes[kept], face[y, x], offsets[:, y, x].T

    def _refined(self, frame: Frame, boxes: Floats) -> Floats:
        face, offsets = self._run(self.refinement, frame, boxes, 24, (0, 4))
        passed = np.nonzero(face > self.thresholds[1])[0]
        passed = passed[kept_by_nms(boxes[passed], face[passed], 0.7)]
        return squared(moved(boxes[passed], offsets[passed]))

    def _output(self, frame: Frame, boxes: Floats) -> Detections:
        face, offsets, points = self._run(self.output, frame, boxes, 48, (0, 4, 10))
        corners, sides = boxes[:, None, :2], (boxes[:, 2:] - boxes[:, :2])[:, None]
        return Detections(moved(boxes, offsets), corners + points.reshape(-1, 2, 5).transpose(0, 2, 1) * sides, face)

    def _run(self, net: nn.Module, frame: Frame, boxes: Floats, size: int, widths: tuple[int, ...]) -> list[Floats]:
        """The outputs of a network on the crops of square boxes; empty arrays of the given widths for no box."""
        outputs: list[list[Floats]] = [[np.zeros((0, width) if width else 0, np.float32)] for width in widths]
        for start in range(0, len(boxes), _BATCH):
            crops = np.stack([cut(frame, box, size) for box in boxes[start : start + _BATCH]])
            for parts, output in zip(outputs, net(self._tensor(crops)), strict=True):
                parts.append(output.cpu().numpy())
        return [np.concatenate(parts) for parts in outputs]

    def _tensor(self, pictures: np.ndarray) -> Tensor:
        """uint8 (B, H, W, 3) -> float32 (B, 3, H, W) about -1..1, on the networks' device."""
        device = next(self.parameters()).device
        values = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).to(torch.float32)
        return (values - 127.5) / 128


def pyramid(frame: Frame, min_face: int) -> Iterator[np.ndarray]:
    """The frame at the sizes at which `min_face` pixels, and then ever larger faces, fill P-Net's window.

    Each size is made from the one before: P-Net finds the same faces, and a third of the search's time is saved.
    """
    height, width = frame.shape[:2]
    level: np.ndarray = frame
    scale = _CELL / min_face
    while min(height, width) * scale >= _CELL:
        size = math.ceil(width * scale), math.ceil(height * scale)
        level = cv2.resize(level, size, interpolation=cv2.INTER_AREA)
        yield level
        scale *= _PYRAMID


def _check(frame: np.ndarray) -> None:
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
        raise ValueError(f"a frame must be uint8 (H, W, 3) RGB, got {frame.dtype} {frame.shape}")


_NO_PROPOSALS = (np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 4), np.float32))
