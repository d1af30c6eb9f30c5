"""A sound of any length in overlapping windows of one length, and back again without a seam that is heard."""

from __future__ import annotations

from math import ceil

import numpy as np

# What is laid on both sides of a sound: there a window's own ends tell next to nothing.
_EDGE = 0.05


class Windows:
    """Windows of `seconds` of `samples`, float32 (N,) at `rate` Hz, of which neighbours share a third; silence stands
    before and behind the sound.
    """

    def __init__(self, samples: np.ndarray, rate: int, seconds: float) -> None:
        self.length, self.rate = round(seconds * rate), rate
        self._shared, self._edge = self.length // 3, round(_EDGE * rate)
        self._hop, self._samples = self.length - self._shared, len(samples)
        count = 1 + max(0, ceil((len(samples) + 2 * self._edge - self.length) / self._hop))
        behind = (count - 1) * self._hop + self.length - len(samples) - self._edge
        self._padded = np.pad(samples.astype(np.float32, copy=False), (self._edge, behind))
        self.starts = np.arange(count) * self._hop

    def __len__(self) -> int:
        return len(self.starts)

    def times(self) -> np.ndarray:
        """When each begins, float64 (W,), in seconds of the sound; the first a little before it."""
        return (self.starts - self._edge) / self.rate

    def cut(self) -> np.ndarray:
        """The windows, float32 (W, length)."""
        return np.stack([self._padded[start : start + self.length] for start in self.starts])

    def joined(self, parts: np.ndarray) -> np.ndarray:
        """The sounds of windows (W, n, length): float32 (n, N). From one to the next it goes over by the halves of a
        squared cosine, which together weigh 1 everywhere.
        """
        found = np.zeros((parts.shape[1], len(self._padded)), np.float32)
        rising = np.sin(np.pi / 2 * (np.arange(self._shared) + 0.5) / self._shared) ** 2
        for number, start in enumerate(self.starts):
            weight = np.ones(self.length, np.float32)
            if number:
                weight[: self._shared] = rising
            if number + 1 < len(self.starts):
                weight[-self._shared :] = rising[::-1]
            found[:, start : start + self.length] += weight * parts[number]
        return found[:, self._edge : self._edge + self._samples]
