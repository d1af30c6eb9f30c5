"""What workers do, as Ray's metrics: each actor counts what its child says, and Ray's agent on its node exports it.

Prometheus has them as `ray_` and their name, with the tags `run` and `worker` beside their own, and Ray's own
`NodeAddress`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

#: Seconds between two times that a state is told.
EVERY = 1.0


@dataclass(frozen=True)
class Metric:
    """A metric: what it says, the tags that are its own, and whether it is a state rather than a count."""

    name: str
    says: str
    tags: tuple[str, ...] = ()
    is_state: bool = False


#: All that there are. Names of counts end as Prometheus' own do.
METRICS = (
    Metric("faceshards_workers", "workers that are up", is_state=True),
    Metric("faceshards_clips_total", "clips finished", ("outcome",)),
    Metric("faceshards_stage_seconds_total", "seconds of processor time", ("stage",)),
    Metric("faceshards_failures_total", "clips at which a stage failed", ("stage", "code")),
    Metric("faceshards_network_rows_total", "rows that networks ran on", ("network", "device")),
    Metric("faceshards_network_places_total", "places for rows in the batches that ran", ("network", "device")),
    Metric("faceshards_network_seconds_total", "seconds for which networks ran", ("network", "device")),
    Metric("faceshards_queue_bytes", "bytes of pictures and rows that wait", is_state=True),
)


class Meter:
    """The metrics of one actor, in the process of which it is. Counts stay with Ray's agent when the actor is gone; a
    state that it is not told again it forgets, so a thread tells it.
    """

    def __init__(self, run: str, worker: int) -> None:
        from ray.util.metrics import Counter, Gauge

        self._metrics: dict[str, Any] = {}
        for metric in METRICS:
            kind = Gauge if metric.is_state else Counter
            made = kind(metric.name, description=metric.says, tag_keys=("run", "worker", *metric.tags))
            made.set_default_tags({"run": run, "worker": str(worker)})
            self._metrics[metric.name] = made
        self._states: dict[str, float] = {"faceshards_workers": 1, "faceshards_queue_bytes": 0}
        threading.Thread(target=self._tell_states, daemon=True, name="faceshards-meter").start()

    def take(self, line: bytes) -> None:
        """One line of news (`jobs.news`); one that says nothing to count changes nothing."""
        with suppress(ValueError, TypeError, AttributeError):  # none of ours
            match json.loads(line):
                case {"ended": str(), "failed": bool(failed), "codes": dict(codes), "seconds": dict(seconds)}:
                    self._ended(failed, seconds, codes)
                case {"pulse": {"networks": dict(networks), "queue_bytes": int(held)}}:
                    self._beat(networks, held)

    def _ended(self, failed: bool, seconds: Mapping[str, float], codes: Mapping[str, str]) -> None:
        self._add("clips_total", 1, outcome="failed" if failed else "whole")
        for stage, spent in seconds.items():
            self._add("stage_seconds_total", spent, stage=stage)
        for stage, code in codes.items():
            self._add("failures_total", 1, stage=stage, code=code)

    def _beat(self, networks: Mapping[str, Mapping[str, Any]], held: int) -> None:
        for network, ran in networks.items():
            for what in ("rows", "places", "seconds"):
                self._add(f"network_{what}_total", ran[what], network=network, device=ran["device"])
        self._states["faceshards_queue_bytes"] = held

    def _tell_states(self) -> None:
        while True:
            for name, value in self._states.items():
                self._metrics[name].set(value)
            time.sleep(EVERY)

    def _add(self, name: str, amount: float, **tags: str) -> None:
        if amount > 0:  # Ray refuses 0
            self._metrics[f"faceshards_{name}"].inc(amount, tags)
