"""Ctrl-C ends a command soon, whatever it waits for.

Python raises KeyboardInterrupt in the main thread only when native code gives it back: a request to a store that never
answers may take a minute, and then its cleanup takes another. So a thread listens too (the kernel's signal writes a
byte to a pipe at once) and, `PATIENCE` seconds later, ends a process that is still there. Nothing is lost that a
kill would leave whole: files and objects appear by rename and by completion, leases of the dead are free.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: Seconds that a command may take to end by itself.
PATIENCE = 2.0
#: Shows the cursor that a progress bar had hidden (DEC private mode 25).
_CURSOR = "\x1b[?25h"
# How many of the next Ctrl-Cs are the command's own to answer.
_answered = 0


# A worker that is forked hears for itself alone: its Ctrl-C is no word to its parent's watch.
os.register_at_fork(after_in_child=lambda: signal.set_wakeup_fd(-1))


class InterruptWatch:
    """Listens for Ctrl-C. `said` is set where the line was said already."""

    def __init__(self, code: int, line: str) -> None:
        self.said = False
        self._code, self._line = code, line
        self._ear, self._mouth = socket.socketpair()
        self._mouth.setblocking(False)
        self._before = signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        self._heard = False
        threading.Thread(target=self._listen, daemon=True, name="interrupt").start()

    def _listen(self) -> None:
        with self._ear:
            while numbers := self._ear.recv(16):
                for _ in range(numbers.count(signal.SIGINT)):
                    if not _one_answered():
                        self._heard = True
                        time.sleep(PATIENCE)
                        self._end()

    def _end(self) -> None:
        if not self.said:
            begin = f"\r{_CURSOR}" if sys.stderr.isatty() else ""
            os.write(2, f"{begin}{self._line}\n".encode())
        os._exit(self._code)

    def close(self) -> None:
        """Listens no longer, unless the process is about to end for what was heard."""
        signal.set_wakeup_fd(self._before)
        if not self._heard:
            self._mouth.close()


@contextmanager
def answered_by_the_command() -> Iterator[None]:
    """Within the block the first Ctrl-C is the command's own to answer, however long that takes; the second one ends it
    as everywhere.
    """
    global _answered
    _answered = 1
    try:
        yield
    finally:
        _answered = 0


def _one_answered() -> bool:
    global _answered
    answered, _answered = _answered > 0, max(0, _answered - 1)
    return answered


@contextmanager
def watched(code: int, line: str) -> Iterator[InterruptWatch | None]:
    """Listens within the block; where Ctrl-C was pressed the process ends with `code`, at the latest `PATIENCE` seconds
    later, and `line` is said on stderr. None outside a process' main thread, which signals do not reach.
    """
    if threading.current_thread() is not threading.main_thread():
        yield None
        return
    watch = InterruptWatch(code, line)
    try:
        yield watch
    finally:
        watch.close()
