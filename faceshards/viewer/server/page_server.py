"""The server of the page: uvicorn, ended by Ctrl-C at once, as all commands are."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from faceshards.interrupt import PATIENCE

#: The exit code of a command that SIGTERM ended.
_TERMINATED = 128 + signal.SIGTERM
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: Bytes of a request's head; a longer one is refused.
_MOST_HEAD = 64 << 10


def serve(app: ASGIApp, ear: socket.socket) -> None:
    """Answers what comes in at a socket that listens, until Ctrl-C (KeyboardInterrupt) or SIGTERM (SystemExit, 143).
    Answers that are still under way are broken off.
    """
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_level="critical",  # errors are told by `Guard`: these lines would bring raw names to the terminal
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=_MOST_HEAD,
        timeout_graceful_shutdown=1,
    )
    server = _PageServer(config)
    server.run(sockets=[ear])
    if server.ended_by == signal.SIGINT:
        raise KeyboardInterrupt
    if server.ended_by == signal.SIGTERM:
        # What still runs in a thread (a clip in the making) is not waited for longer than for Ctrl-C.
        end = threading.Timer(PATIENCE, os._exit, [_TERMINATED])
        end.daemon = True
        end.start()
        sys.exit(_TERMINATED)


class _PageServer(uvicorn.Server):
    """It leaves, whatever is under way, at the first signal, `ended_by`; the process' watch of Ctrl-C hears it, too."""

    ended_by = 0

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """In place of uvicorn's own, which waits for all that is under way, and raises the signal once more."""
        before = {number: signal.signal(number, self._end) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.ended_by = self.ended_by or number
        self.should_exit = self.force_exit = True
