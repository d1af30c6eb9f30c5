"""Ctrl-C and SIGTERM end a training after the step that runs, with a checkpoint; a second Ctrl-C ends it at once."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

from faceshards.errors import FaceshardsError
from faceshards.interrupt import answered_by_the_command


class Interrupted(FaceshardsError):
    """A training was asked to end, and did; what a shell is told is the signal's number, as for any program."""

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + number  # type: ignore[misc]


class Interruption:
    """Listens within its block, in a main thread: `number` is that of the signal that came, `asked` whether one did."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}
        self._watch = answered_by_the_command()

    @property
    def asked(self) -> bool:
        """Whether the training shall end."""
        return self.number is not None

    def ended(self, step: int, path: object) -> Interrupted:
        """What a training ends with that stands in a checkpoint at this step."""
        word = "ended by SIGTERM" if self.number == signal.SIGTERM else "interrupted"
        line = f"{word} after step {step}, which stands in {path}: run it again with --resume to go on"
        return Interrupted(line, self.number or signal.SIGINT)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.number = number

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            self._watch.__enter__()
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, signal.SIG_DFL if before is None else before)
        if threading.current_thread() is threading.main_thread():
            self._watch.__exit__(kind, error, trace)
