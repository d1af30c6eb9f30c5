"""A window's bytes, fetched, and what they decode to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from faceshards.errors import ClipError
from faceshards.loaders.decode.cut import cut
from faceshards.loaders.units.window import Window
from faceshards.media.video.framing import Framing
from faceshards.media.video.part import Part
from faceshards.shards.schema import codecs

#: The names under which a window's sound and its frames' numbers are delivered.
SOUND, FRAMES = "sound", "__frames__"
#: Behind a video's name: what takes its planes to RGB, float32 (3, 4); see `loaders.decode.rgb.to_rgb`.
TO_RGB = ".to_rgb"


@dataclass(frozen=True)
class Footage:
    """A window's bytes: the numbers of its frames, int64 (frames,), `videos` by column, the first of which has the
    sound, and the `bodies` of the other columns.
    """

    numbers: np.ndarray
    videos: Mapping[str, Part]
    bodies: Mapping[str, bytes]

    def sample(
        self, window: Window, videos: Sequence[str], columns: Sequence[str], canvas: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """Column -> value, and what the window adds; of the `columns`, `videos` are painted on the `canvas` where it
        has them. A video that the sample lacks is None.
        """
        values = {name: codecs.decode(name, body) for name, body in self.bodies.items()}
        framing = Framing(window.size, window.fit, self._box(window, values), window.pixel)
        sample: dict[str, Any] = {}
        for name in columns:
            if name not in videos:
                sample[name] = cut(name, values[name], self.numbers, values, window.per_frame)
                continue
            part = self.videos.get(name)
            sample[name], matrix = (None, None) if part is None else part.pictures(framing, canvas.get(name))
            if window.pixel != "rgb":
                sample[name + TO_RGB] = None if matrix is None else matrix.astype(np.float32)
        if window.sound:
            sample[SOUND] = next(iter(self.videos.values())).sound(window.sound)
        return sample | {FRAMES: self.numbers}

    def _box(self, window: Window, values: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
        if not isinstance(window.crop, str):
            return window.crop
        return around(cut(window.crop, values[window.crop], self.numbers, values, window.per_frame), window.crop)


def around(boxes: Any, column: str) -> tuple[float, float, float, float]:
    """The box x1 y1 x2 y2 about all boxes of a column: an array (..., 4), or a map of lists with `box` among them.

    Boxes without area are none. Raises ClipError: `no-face` where there is no other, `bad-column` where these are none.
    """
    found = boxes.get("box") if isinstance(boxes, dict) else boxes
    try:
        table = np.asarray(found if found is not None else np.nan, np.float64).reshape(-1, 4)
    except (TypeError, ValueError):
        raise ClipError("bad-column", f"{column} holds no boxes: crop needs x1 y1 x2 y2 in pixels") from None
    table = table[(table[:, 2:] > table[:, :2]).all(axis=1)]
    if not len(table):
        raise ClipError("no-face", f"{column} has no box in the frames of the window: choose others with where=")
    low, high = table[:, :2].min(axis=0), table[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
