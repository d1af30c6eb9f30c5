"""How long the main thread of a page was busy in each frame, from a trace of Chromium's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

#: What is traced: tasks of all threads, and the frames of the page.
CATEGORIES = [
    "toplevel",
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "__metadata",
    "blink.user_timing",
]
_TASKS = ("RunTask", "ThreadControllerImpl::RunTask")


def busy_frames(events: Sequence[dict[str, Any]], begin: str, end: str) -> np.ndarray:
    """Milliseconds that the main thread was busy from one frame's begin to the next one's, float64 (frames,), between
    two marks (`performance.mark`) of the page.
    """
    mark = next(one for one in events if one.get("name") == begin)
    thread, start = (mark["pid"], mark["tid"]), mark["ts"]
    stop = next(one["ts"] for one in events if one.get("name") == end)
    mine = [one for one in events if (one.get("pid"), one.get("tid")) == thread and start <= one.get("ts", 0) <= stop]
    frames = sorted(one["ts"] for one in mine if one["name"] == "FireAnimationFrame")
    name = next((name for name in _TASKS if any(one["name"] == name for one in mine)), "")
    tasks = np.array([(one["ts"], one["ts"] + one["dur"]) for one in mine if one["name"] == name and "dur" in one])
    busy = [
        np.clip(np.minimum(tasks[:, 1], after) - np.maximum(tasks[:, 0], before), 0, None).sum()
        for before, after in pairwise(frames)
    ]
    return np.array(busy) / 1000
