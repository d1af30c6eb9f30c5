"""MegActor's data set, stated anew from what it does: v1's `face_dataset.py: VideosIterableDataset`, and what it calls
of `animate/utils/util.py`, on tars that hold `mp4` and, where they were made, `mp4_styled` and `swapped.mp4`.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import torch
import webdataset
from torch.nn.functional import interpolate
from torch.utils.data import IterableDataset

#: Boxes x1 y1 x2 y2 of the first face of each of pictures (n, 3, H, W).
FindFaces = Callable[[torch.Tensor], Sequence[Sequence[float]]]

_TWINS = ("mp4_styled", "swapped.mp4")
_GREY = (0.2989, 0.5870, 0.1140)
_LEAST_MEAN, _LEAST_FACE = 5.0, 0.2
_ABOVE, _BELOW = 0.4, 0.1


class VideosIterableDataset(IterableDataset[dict[str, torch.Tensor]]):
    """Samples without end, of tars with replacement: "reference" (3, S, S), "video" and "swapped" (F, 3, S, S), float32
    of 0..255. All videos of a sample are decoded whole, and from each its own window is drawn.

    Two networks run in it on the processor, for each sample. `faces` takes the place of the detector (RetinaFace, of 13
    and of 12 pictures) and costs nothing; what DensePose and DWPose make of the reference (`concat_poses`,
    `concat_background`, `clip_conditions`) is left out. So is the warp, which its first stage does not ask for. A
    frame without a face, of which it takes the last one's box, does not occur here.
    """

    def __init__(
        self, folder: str, faces: FindFaces, frames: int = 12, stride: int = 2, side: int = 512, swap: float = 0.1
    ) -> None:
        self._tars = [str(path) for path in Path(folder).iterdir() if path.suffix == ".tar"]
        self._faces, self._frames, self._stride, self._size, self._swap = faces, frames, stride, (side, side), swap

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        gc.freeze()  # today's imageio collects garbage with each video: what was there before is not gone through
        for sample in webdataset.WebDataset(self._tars, resampled=True, shardshuffle=False).shuffle(100):
            made = self._sample(sample)
            if made is not None:
                yield made

    def _sample(self, sample: dict[str, bytes]) -> dict[str, torch.Tensor] | None:
        reference, *streams = self._decoded([sample[name] for name in ("mp4", *_TWINS) if name in sample])
        if not streams:
            return None
        video, *twins = streams
        driver = random.choice(twins) if twins and np.random.rand() < self._swap else video
        shown = torch.cat([reference, video])
        faces = self._faces(shown)
        least = min((x2 - x1) * (y2 - y1) / (shown.shape[2] * shown.shape[3]) for x1, y1, x2, y2 in faces)
        if least < _LEAST_FACE:
            return None
        shown = self._cropped(shown, faces)
        driver = self._hidden(self._cropped(driver, faces[: len(driver)]), self._faces(shown[1:]))
        grey = (driver * torch.tensor(_GREY).view(1, 3, 1, 1)).sum(dim=1, keepdim=True).clamp(0, 255)
        return {"reference": shown[0], "video": shown[1:], "swapped": grey.repeat(1, 3, 1, 1)}

    def _decoded(self, bodies: Sequence[bytes]) -> list[torch.Tensor]:
        """The reference, any frame of the first video, (1, 3, H, W), and a window (F, 3, H, W) of each; the reference
        alone where one has too few frames that are not black.
        """
        made: list[torch.Tensor] = []
        for body in bodies:
            frames = iio.imopen(body, "r", plugin="pyav").read(index=...)  # type: ignore[arg-type]
            if not made:
                made.append(torch.tensor(random.choice(frames)).permute(2, 0, 1)[None])
            light = np.array([frame for frame in frames if frame.mean() > _LEAST_MEAN], dtype=frames.dtype)
            if len(light) < self._frames:
                return made[:1]
            made.append(torch.tensor(light[self._window(len(light))]).permute(0, 3, 1, 2).float())
        return made

    def _window(self, count: int) -> list[int]:
        numbers = list(range(0, count, self._stride))
        if len(numbers) < self._frames:
            numbers = list(range(0, count, count // self._frames))
        begin = random.randint(0, len(numbers) - self._frames)
        return numbers[begin : begin + self._frames]

    def _cropped(self, pictures: torch.Tensor, faces: Sequence[Sequence[float]]) -> torch.Tensor:
        """The square about the middle of all boxes, to the nearest edge of the picture."""
        height, width = pictures.shape[2:]
        boxes = np.array(faces)
        x, y = (boxes[:, :2].min(axis=0) + boxes[:, 2:].max(axis=0)) // 2
        half = min(x, y, width - x, height - y)
        square = pictures[:, :, int(y - half) : int(y + half), int(x - half) : int(x + half)].float()
        return interpolate(square, size=self._size, mode="bilinear", align_corners=False)

    def _hidden(self, pictures: torch.Tensor, faces: Sequence[Sequence[float]]) -> torch.Tensor:
        """Each picture black but for the square about its face, of which 0.4 is added above and 0.1 below."""
        made = []
        height, width = pictures.shape[2:]
        for picture, face in zip(pictures[:, None], faces, strict=True):
            x1, y1, x2, y2 = _square(*face)
            top, bottom = max(y1 - _ABOVE * (y2 - y1), 0), min(y2 + _BELOW * (y2 - y1), height)
            rows, columns = slice(int(top), int(bottom)), slice(int(max(x1, 0)), int(min(x2, width)))
            black = torch.zeros_like(picture).float()
            black[:, :, rows, columns] = picture[:, :, rows, columns].float()
            made.append(interpolate(black, size=self._size, mode="bilinear", align_corners=False))
        return torch.cat(made)


def _square(x1: float, y1: float, x2: float, y2: float) -> tuple[float, float, float, float]:
    """A box, whose shorter side became as long as the other."""
    tall, wide = ((y2 - y1) - (x2 - x1)) // 2, ((x2 - x1) - (y2 - y1)) // 2
    return (x1 - tall, y1, x2 + tall, y2) if tall > 0 else (x1, y1 - wide, x2, y2 + wide)
