"""The pages over shards that come, go and are rewritten while they are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from starlette.types import ASGIApp, Receive, Scope, Send

from faceshards.errors import FaceshardsError
from faceshards.terminal import Screen, plain
from faceshards.viewer.pages.collection import Collection


class Renewed:
    """An application over a collection, which `make` makes in a thread, while the page loads; another one, over the
    collection as it is by then, when `look` finds the shards changed. Until then rows keep their numbers.
    """

    def __init__(self, collection: Collection, make: Callable[[Collection], ASGIApp]) -> None:
        self._collection, self._make = collection, make
        self._maker = ThreadPoolExecutor(1)
        self._lock = Lock()
        self._app: Future[ASGIApp] = self._maker.submit(make, collection)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (ASGI)."""
        await (await asyncio.wrap_future(self._app))(scope, receive, send)

    def look(self) -> None:
        """Looks whether the shards are what they were. Where none can be read any more, what was there stays."""
        with self._lock:
            if self._collection.is_current():
                return
            try:
                self._collection = Collection(self._collection.paths, self._collection.where)
            except FaceshardsError as error:
                Screen(stderr=True, highlight=False).print(plain(f"faceshards: {error}"), soft_wrap=True)
                return
            self._app = self._maker.submit(self._make, self._collection)
