"""A window: some frames of a clip, and all that belongs to just these frames."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from numbers import Integral
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from faceshards.errors import ClipError, UsageError
from faceshards.media.geometry import Fit, Pixel

if TYPE_CHECKING:
    from faceshards.media.clip import Clip
    from faceshards.media.timeline import Timeline

# Of a side of a scaled picture, in pixels.
_MOST = 1 << 14

#: Where in its clip a window begins.
Start = Literal["random", "first", "middle"]


@dataclass(frozen=True)
class Window:
    """`frames` pictures of each clip: every `stride`-th one, or `fps` a second.

    With `fps` picture k of the window is the one that is shown at (start + k / fps) by the clip's own clock, within a
    tick of it (Matroska's is 1 ms): from a slower clip some come twice, from a faster one some are left out, whatever
    the clip's own rate and however uneven. `start`, where in the clip the window begins: "random" is drawn from (seed,
    epoch, key), equal for any ranks and workers; "first" is the clip's first picture; "middle" has as many pictures
    before the window as behind it.

    `size` (width, height) scales the pictures; without it they have the clip's own size. Where both sides shrink by
    whole numbers the filter is a box, else it is bilinear, widened where it shrinks. `fit` says what becomes of
    pictures of another shape: "squash" changes it, "crop" leaves out on both sides what is too much, "letterbox" puts
    them whole on black. `crop`: only this part of the upright picture, x1 y1 x2 y2 in pixels, or the column that holds
    boxes ("faces.msg", "face_box.npy", your own array (4,) or, named in `per_frame`, (frames, 4)): the one box about
    all of the window's frames; without any in these the sample is bad. It is brought to even pixels; black stands where
    it leaves the picture. `pixel`: "rgb", or "yuv420" for planes, half the bytes: uint8 (frames, 3 H / 2, W), Y above
    Cb above Cr, and beside them "mp4.to_rgb", float32 (3, 4); `loaders.to_rgb` makes RGB of these on any device.

    `sound`: Hz. Adds the column "sound": float32 mono, of exactly the window's span: from its first picture until the
    one behind its last would be shown (with `fps`: frames / fps seconds).

    The columns of a window, for `columns=["mp4", "swapped.mp4", "faces.msg"]`: each video is uint8 (frames, H, W, 3)
    RGB, of the same frames of each; columns that go by frames are cut to these (`per_frame` names those of your own
    whose first axis is the clip's frames), and their frame numbers count from 0 within the window; `__frames__` int64
    (frames,) are the frames' numbers in the clip.
    """

    frames: int
    stride: int = 1
    fps: float | Fraction | None = None
    size: tuple[int, int] | None = None
    start: Start = "random"
    sound: int | None = None
    per_frame: Sequence[str] = field(default=())
    fit: Fit = "squash"
    crop: str | tuple[float, float, float, float] | None = None
    pixel: Pixel = "rgb"

    def __post_init__(self) -> None:
        if not (_is_count(self.frames) and _is_count(self.stride)):
            raise UsageError(f"a window needs whole frames >= 1 and stride >= 1, got {self.frames!r}, {self.stride!r}")
        if self.fps is not None and not (_is_rate(self.fps) and self.stride == 1):
            raise UsageError(f"fps must be above 0, and goes without stride; got {self.fps!r}, stride {self.stride}")
        if self.start not in get_args(Start):
            raise UsageError(f"start must be random, first or middle, got {self.start!r}")
        if self.size is not None and not _is_size(self.size):
            raise UsageError(f"size must be (width, height), whole numbers from 1 to {_MOST}, got {self.size!r}")
        self._check_framing()
        if self.sound is not None and not _is_count(self.sound):
            raise UsageError(f"sound is a whole rate in Hz, got {self.sound!r}")
        if isinstance(self.per_frame, str) or not isinstance(self.per_frame, Sequence):
            raise UsageError(f"per_frame is a list of columns, got {self.per_frame!r}: ['mine.npy']")
        for name in ("frames", "stride", "sound"):  # numpy's numbers are as good, but bounded
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, int(value))

    def _check_framing(self) -> None:
        if self.fit not in get_args(Fit) or self.pixel not in get_args(Pixel):
            fits, pixels = ", ".join(get_args(Fit)), ", ".join(get_args(Pixel))
            raise UsageError(f"fit is one of {fits}, pixel of {pixels}; got {self.fit!r}, {self.pixel!r}")
        if self.fit != "squash" and self.size is None:
            raise UsageError(f"fit={self.fit!r} needs the size to fit into: give size=(width, height)")
        if self.pixel == "yuv420" and self.size is not None and any(side % 2 for side in self.size):
            raise UsageError(f"planes of 4:2:0 have even sides, got size {tuple(self.size)}")
        if not (self.crop is None or isinstance(self.crop, str) or _is_box(self.crop)):
            raise UsageError(f"crop must be a column of boxes, or x1 y1 x2 y2 with x1 < x2, y1 < y2; got {self.crop!r}")

    @property
    def span(self) -> int:
        """From the first frame to the last one, both counted, where they are counted."""
        return (self.frames - 1) * self.stride + 1

    @property
    def said(self) -> str:
        """Its length in words."""
        return f"{self.span} frames" if self.fps is None else f"{self.frames} frames at {float(self.fps):g} a second"

    @property
    def rule(self) -> str:
        """What `where` says of clips that hold a window, in the index's own scalars."""
        if self.fps is None:
            return f"frames >= {self.span}"
        return f"frames / fps > {float((self.frames - 1) / self.fps):.6g}"

    def fits(self, frames: np.ndarray, fps: np.ndarray) -> np.ndarray:
        """Whether clips of so many frames at so many a second hold a window: bool (N,); True where it is not known."""
        if self.fps is None:
            return ~(frames < self.span)
        # The last picture is shown until one more frame would follow it.
        return ~(frames / fps * float(self.fps) <= self.frames - 1)

    def numbers(self, clip: Clip, draw: str) -> np.ndarray:
        """The numbers of the window's frames in a clip: int64 (self.frames,), ascending, drawn by `draw`.

        Raises ClipError `too-few-frames`.
        """
        if self.fps is None:
            count = len(clip)
            return self._begin(count - self.span + 1, draw, count) + np.arange(self.frames) * self.stride
        line = clip.timeline
        return line.paced(self._begin(line.room(self.fps, self.frames), draw, len(line)), self.fps, self.frames)

    def span_of(self, numbers: np.ndarray, line: Timeline) -> tuple[float, float]:
        """When the sound of the window's frames begins, in seconds after the clip's first picture, and how long it
        lasts: until the frame behind its last would be shown.
        """
        first, behind = int(numbers[0]), int(numbers[-1]) + self.stride
        lasts = line.lasting(first, behind) if self.fps is None else self.frames / float(self.fps)
        return line.at(first), lasts

    def _begin(self, choices: int, draw: str, frames: int) -> int:
        if choices < 1:
            rate = f"{self.fps} a second" if self.fps else f"stride {self.stride}"
            raise ClipError("too-few-frames", f"a clip of {frames} frames has no window of {self.frames} ({rate})")
        return drawn(self.start, choices, draw)


def drawn_by(seed: int, epoch: int, key: str) -> str:
    """What a window of the clip of this key is drawn by, the `draw` of `Window.numbers`: equal for any ranks and
    workers.
    """
    return f"{seed}/{epoch}/{key}"


def drawn(start: Start, choices: int, draw: str) -> int:
    """Which of some places a window begins at, 0 to `choices` - 1: a random one is a pure function of `draw`."""
    if start == "random":
        digest = hashlib.blake2b(draw.encode("utf-8", "surrogateescape"), digest_size=8).digest()
        return int.from_bytes(digest) % choices
    return (choices - 1) // 2 if start == "middle" else 0


def _is_count(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 1


def _is_rate(value: object) -> bool:
    return isinstance(value, (int, float, Fraction)) and 0 < value < math.inf


def _is_size(value: object) -> bool:
    return isinstance(value, Sequence) and len(value) == 2 and all(_is_count(one) and one <= _MOST for one in value)


def _is_box(value: object) -> bool:
    numbers = isinstance(value, Sequence) and len(value) == 4 and all(isinstance(one, (int, float)) for one in value)
    return numbers and value[0] < value[2] and value[1] < value[3]  # type: ignore[index]
