"""What an engine is at, told every two seconds to whoever watches the process: its networks' runs, and what waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Sequence

from faceshards.curation.engine.feed import Feed
from faceshards.curation.engine.network import NetQueue
from faceshards.jobs.news import tell

#: Seconds between two lines.
EVERY = 2.0


class Pulse:
    """Counts of networks (`batches`), since the last line; bytes of pictures and rows that wait, at this moment.

    {"pulse": {"networks": {"faces.yunet": {"device": "cpu", "rows": 30, "places": 32, "seconds": 0.41}},
               "queue_bytes": 12582912}}
    """

    def __init__(self, batches: Sequence[NetQueue], feeds: Collection[Feed]) -> None:
        self._batches, self._feeds = batches, feeds
        self._told: dict[str, tuple[int, int, float]] = {}

    async def beat(self) -> None:
        """Tells it again and again, until it is cancelled: then for the last time."""
        try:
            while True:
                await asyncio.sleep(EVERY)
                tell(self.line())
        finally:
            tell(self.line())

    def line(self) -> bytes:
        """What came since the last one."""
        networks = {}
        for net in self._batches:
            now, before = (net.rows, net.places, net.busy), self._told.get(net.name, (0, 0, 0.0))
            self._told[net.name] = now
            rows, places, seconds = (new - old for new, old in zip(now, before, strict=True))
            if places:
                networks[net.name] = {
                    "device": net.device,
                    "rows": rows,
                    "places": places,
                    "seconds": round(seconds, 6),
                }
        held = sum(net.held for net in self._batches) + sum(feed.bytes for feed in self._feeds)
        return json.dumps({"pulse": {"networks": networks, "queue_bytes": held}}).encode()
