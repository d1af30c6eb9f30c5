"""Decoded sound laid on a line of time: holes become silence, a change of rate or channels is an error."""

from __future__ import annotations

import math

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from faceshards.errors import ClipError

# Timestamps of coarse clocks jitter by a few milliseconds; only a larger hole is one, and is filled with silence.
_HOLE_SECONDS = 0.05


class Tape:
    """Decoded frames of sound laid one behind the other, each where its timestamp says.

    `rate` in Hz; `start` in seconds on the frames' clock; `length` in samples so far. With `mono` only the mean of the
    channels is kept.
    """

    def __init__(self, first: AudioFrame, max_seconds: float, mono: bool = False) -> None:
        self._mono = mono
        self.rate = first.sample_rate
        self._kind = self._kind_of(first)
        self.start = first.time or 0.0
        self._limit = max_seconds
        self._to_float = AudioResampler("fltp")
        self._parts: list[np.ndarray] = []
        self.length = 0

    def add(self, frame: AudioFrame) -> None:
        """Lay down one frame. Raises ClipError `broken-media` where the sound changes its rate or channels, or a sample
        is no finite number, which a WAV of floats may hold: one would spoil all that is made of the sound.
        """
        if self._kind_of(frame) != self._kind:
            raise ClipError("broken-media", f"the sound changes from {self._kind} to {self._kind_of(frame)}")
        if frame.time is not None:
            hole = frame.time - self.start - self.length / self.rate
            if self.length and hole > _HOLE_SECONDS:
                self._extend(np.zeros((self._parts[0].shape[0], self._within(hole)), np.float32))
        frame.pts = None
        for part in self._to_float.resample(frame):
            planes = part.to_ndarray()
            if not np.isfinite(planes).all():
                raise ClipError("broken-media", "the sound holds what is no finite number")
            # Averaged here: FFmpeg's own mix of float stereo is 3 dB louder (libswresample scales by sqrt(1/2)).
            self._extend(planes.mean(axis=0, keepdims=True, dtype=np.float32) if self._mono else planes)

    def reaches(self, start: float, seconds: float, end: float = math.inf) -> bool:
        """Whether it tells, until `end`, so many seconds from `start` on, or from its own start where that is later, or
        infinite.
        """
        begins = max(start, self.start) if math.isfinite(start) else self.start
        return min(end, self.start + self.length / self.rate) >= begins + seconds

    def between(self, start: float, end: float) -> np.ndarray:
        """float32 (channels, N) from `start` to `end` (seconds; infinite: the sound's own), silent until it begins."""
        whole = np.concatenate(self._parts, axis=1)
        self._parts = [whole]  # of a long sound, twice is much
        if math.isfinite(end):
            whole = whole[:, : max(0, round((end - self.start) * self.rate))]
        late = self.start - start if math.isfinite(start) else 0.0
        if late >= 0:
            silence = self._within(late)
            return np.pad(whole, ((0, 0), (silence, 0))) if silence else whole
        return whole[:, round(-late * self.rate) :]

    @staticmethod
    def _kind_of(frame: AudioFrame) -> str:
        return f"{frame.sample_rate} Hz {frame.layout.name} {frame.format.name}"

    def _extend(self, part: np.ndarray) -> None:
        self._parts.append(part)
        self.length += part.shape[1]
        self._within(0.0)

    def _within(self, seconds: float) -> int:
        total = seconds + self.length / self.rate
        if total > self._limit:
            raise ClipError("too-large", f"the sound is longer than {self._limit:g} s (max_seconds)")
        return round(seconds * self.rate)
