"""A line of so many bits a second that all connections share: a token bucket."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

#: Bytes that go out at a time, so that connections take turns; as much as an idle line lets through at once.
PIECE = 64 << 10


class Throttle:
    """Lets bytes through at `bandwidth` bits a second of all threads together, 0: at once. Who comes first goes first.

    The bucket holds `PIECE` bytes: what a line that was idle lets through without waiting.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.bandwidth = 0.0
        self._clock, self._sleep = clock, sleep
        self._free = clock()  # when the bucket will be full again
        self._lock = threading.Lock()

    def wait(self, size: int) -> None:
        """Comes back when `size` bytes may go."""
        with self._lock:
            bandwidth, now = self.bandwidth, self._clock()
            if not bandwidth:
                return
            self._free = max(self._free, now) + size * 8 / bandwidth
            seconds = self._free - now - PIECE * 8 / bandwidth
        if seconds > 0:
            self._sleep(seconds)
