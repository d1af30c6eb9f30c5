"""DOVER: how good a video is to look at, and how well it is made (Wu et al., ICCV 2023), as its authors export it.

Its two views and what comes of them are those of VQAssessment/DOVER (`convert_to_onnx.py`, `dover.yml`, `fuse_results`
of `evaluate_a_set_of_videos.py`; `onnx_inference.py` there fuses the two the wrong way round).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.errors import StageError
from faceshards.models.sessions.onnx import OnnxSession

#: Frames of a view's clip, and the side of its pictures.
FRAMES, SIDE = 32, 224
#: Clips of the technical view where the file leaves it open; the authors' export is fixed at 4, their settings say 3.
_CLIPS = 3
_MEAN, _SPREAD = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
# Mean, spread and share of a score in the overall one.
_TECHNICAL, _AESTHETIC = (0.1107, 0.07355, 0.6104), (-0.08285, 0.03774, 0.3896)


class Dover:
    """An export of DOVER or DOVER-Mobile with the inputs `aes_view` (1, 3, 32, 224, 224) and `tech_view`, of 3 or more
    such clips, and two outputs, aesthetic first. Raises StageError for another.
    """

    def __init__(self, model: Path, device: str = "cpu") -> None:
        self._session = OnnxSession(model, device)
        shapes = self._session.inputs
        clip = (3, FRAMES, SIDE, SIDE)
        if not all(_fits(shapes.get(name), clip) for name in ("aes_view", "tech_view")):
            raise StageError(f"{model} is no DOVER: it must take aes_view and tech_view (n, 3, 32, 224, 224), {shapes}")
        clips = shapes["tech_view"][0]
        #: Clips of the technical view.
        self.clips = clips if isinstance(clips, int) else _CLIPS

    def run(self, aesthetic: np.ndarray, technical: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of videos, uint8 (n, 32, 224, 224, 3) RGB, and their fragments, (n, clips, 32, 224, 224, 3): the aesthetic
        and the technical score of each, float32 (n,), as the network gives them.
        """
        found = []
        for whole, parts in zip(aesthetic, technical, strict=True):
            feeds = {"aes_view": _view(whole[None]), "tech_view": _view(parts)}
            found.append([float(one.mean()) for one in self._session.run(feeds).values()])
        values = np.array(found, np.float32)
        return values[:, 0], values[:, 1]


def overall(aesthetic: float, technical: float) -> float:
    """DOVER's overall score of both, 0..1: scaled as on the authors' test sets, weighed, and a sigmoid."""
    parts = ((technical, _TECHNICAL), (aesthetic, _AESTHETIC))
    return float(1 / (1 + np.exp(-sum((value - mean) / spread * share for value, (mean, spread, share) in parts))))


def _view(clips: np.ndarray) -> np.ndarray:
    """Clips, uint8 (n, T, H, W, 3) RGB, as the network takes them: float32 (n, 3, T, H, W)."""
    return np.ascontiguousarray(((clips - _MEAN) / _SPREAD).astype(np.float32).transpose(0, 4, 1, 2, 3))


def _fits(shape: tuple[object, ...] | None, clip: tuple[int, ...]) -> bool:
    """Whether an input's axes, behind the first, are those of a clip or free."""
    if shape is None or len(shape) != len(clip) + 1:
        return False
    return all(not isinstance(axis, int) or axis == side for axis, side in zip(shape[1:], clip, strict=True))
