"""Sound out of a clip, as float samples on the clip's own clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer

from faceshards.errors import ClipError
from faceshards.media.container import Body, opened

#: Longest sound that is read, in seconds. A longer one is `too-large` unless the caller raises the limit.
MAX_SECONDS = 4 * 3600.0


@dataclass(frozen=True)
class Sound:
    """Samples of sound: float32 (N,) mono or (N, channels), in [-1, 1]; `rate` in Hz."""

    samples: np.ndarray
    rate: int

    def __post_init__(self) -> None:
        if self.samples.dtype != np.float32 or self.samples.ndim not in (1, 2):
            raise ValueError(
                f"samples must be float32 (N,) or (N, channels), got {self.samples.dtype} {self.samples.shape}"
            )
        if self.rate <= 0:
            raise ValueError(f"rate must be above 0 Hz, got {self.rate}")

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.rate
