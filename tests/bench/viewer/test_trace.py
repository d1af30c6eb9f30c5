"""Tasks between frames, from a trace."""

import numpy as np

from faceshards.bench.viewer.trace import busy_frames


def event(name, ts, dur=None, pid=1, tid=2):
    return {"name": name, "ts": ts, "pid": pid, "tid": tid, "ph": "X"} | ({} if dur is None else {"dur": dur})


def test_what_a_frame_takes_is_the_tasks_of_its_thread_within_it():
    events = [
        event("RunTask", 0, 900),  # before the marks
        event("begins", 1000),
        event("FireAnimationFrame", 2000),
        event("RunTask", 1500, 1000),  # half of it lies in the first frame
        event("RunTask", 4000, 3000),
        event("RunTask", 5000, 9000, tid=3),  # another thread's
        event("FireAnimationFrame", 18000),
        event("RunTask", 17000, 2000),  # over the boundary
        event("FireAnimationFrame", 34000),
        event("ends", 40000),
        event("RunTask", 50000, 1000),
    ]
    np.testing.assert_allclose(busy_frames(events, "begins", "ends"), [0.5 + 3 + 1, 1])
