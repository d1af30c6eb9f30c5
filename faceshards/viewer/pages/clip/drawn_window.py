"""The window that a loader delivers of a clip: which frames, which sound, which pictures. The loader's own code says
so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from faceshards.errors import UsageError
from faceshards.loaders.decode.cut import companions, cut
from faceshards.loaders.units.footage import Footage, around
from faceshards.loaders.units.window import Window, drawn_by
from faceshards.media.picture import encode_jpg, scaled
from faceshards.viewer.drawing.sample import ShownSample

#: Pictures of a window that are shown, and their longer side in pixels.
MOST_STILLS, STILL_SIDE = 6, 160
#: Frames of a window that are told.
MOST_FRAMES = 10_000


@dataclass(frozen=True)
class DrawnWindow:
    """What a loader with this `window` and `seed` delivers of a sample in an `epoch`: `numbers` int64 (frames,), its
    frames; from `start` on so many `seconds`, the span of its sound.
    """

    sample: ShownSample
    window: Window
    numbers: np.ndarray
    start: float
    seconds: float

    @classmethod
    def of(cls, sample: ShownSample, window: Window, seed: int, epoch: int) -> DrawnWindow:
        """Draws it. Raises ClipError `too-few-frames` for a clip that holds no such window; UsageError for one that is
        too long to be shown.
        """
        if window.frames > MOST_FRAMES:
            raise UsageError(f"frames={window.frames:,}: at most {MOST_FRAMES:,} are shown here")
        clip = sample.opened(sample.clip)
        numbers = window.numbers(clip, drawn_by(seed, epoch, sample.key))
        return cls(sample, window, numbers, *window.span_of(numbers, clip.timeline))

    def record(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "frames": self.numbers.tolist(),
            "start": self.start,
            "seconds": self.seconds,
            "stills": self.stills.tolist(),
            "samples": round(self.seconds * self.window.sound) if self.window.sound else None,
        }

    @property
    def stills(self) -> np.ndarray:
        """The places in the window of the pictures that are shown: at most `MOST_STILLS`, evenly spread."""
        count = min(len(self.numbers), MOST_STILLS)
        return np.linspace(0, len(self.numbers) - 1, count).round().astype(np.int64)

    def sheet(self) -> bytes:
        """The stills side by side as a JPEG: cut, scaled and framed as the loader delivers them, then made small."""
        column, numbers = self.sample.clip, self.numbers[self.stills]
        part = self.sample.opened(column).part(numbers)
        shown = replace(self.window, crop=self._box(), pixel="rgb", sound=None)
        pictures = Footage(numbers, {column: part}, {}).sample(shown, [column], [column], {})[column]
        height, width = pictures.shape[1:3]
        scale = min(1.0, STILL_SIDE / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        return encode_jpg(np.concatenate([scaled(one, size) for one in pictures], axis=1), 85)

    def _box(self) -> tuple[float, float, float, float] | None:
        """The part of the pictures that is cut out: where a column says it, about the boxes of all of the window."""
        crop = self.window.crop
        if not isinstance(crop, str):
            return crop
        shard, row = self.sample.shard, self.sample.row
        values = {name: shard.get(row, name) for name in (crop, *companions([crop]))}
        return around(cut(crop, values[crop], self.numbers, values, self.window.per_frame), crop)
