"""What goes wrong on demand: rules that match requests and say what becomes of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from faceshards.bench.object_store.throttle import Throttle


@dataclass
class StoreFault:
    """The next `times` requests of an operation (`GetObject`, `UploadPart`, ...; empty: any) whose `bucket/key` holds
    `key`, after `skip` others, are answered by `does`: `delay` and `stall` (`seconds` before the answer, or in the
    middle of it), `status` (an error answer), `reset` (the connection dies, nothing is done), `lose` (it is done, and
    the connection dies in place of the answer), `truncate` (half of the body, then the end), `swap` (the object becomes
    that of `other` first), `stop` (it is logged with status 0, and never carried out nor answered).
    """

    does: str
    operation: str = ""
    key: str = ""
    times: int = 1
    skip: int = 0
    status: int = 503
    seconds: float = 0.0
    other: str = ""


class Faults:
    """The rules in force. `latency` is added to every request, in seconds; all bodies go out through the `throttle`."""

    def __init__(self) -> None:
        self.latency, self.throttle = 0.0, Throttle()
        self._rules: list[StoreFault] = []
        self._lock = threading.Lock()

    def add(self, fault: StoreFault) -> None:
        """Adds a rule behind the others."""
        with self._lock:
            self._rules.append(fault)

    def clear(self) -> None:
        """Forgets all rules."""
        with self._lock:
            self._rules.clear()

    def take(self, operation: str, key: str) -> StoreFault | None:
        """The rule that falls on a request, counted down."""
        with self._lock:
            for rule in self._rules:
                if rule.times <= 0 or rule.operation not in ("", operation) or rule.key not in key:
                    continue
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                rule.times -= 1
                return rule
        return None
