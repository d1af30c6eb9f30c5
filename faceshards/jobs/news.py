"""What this process has to say to whoever watches it: lines of journals, and counts. Each is a JSON object.

{"ended": "clip-7", ...}     a line of a journal (`jobs.journal`)
{"pulse": {...}}             what its networks ran since the last time: it stands in no journal (`is_pulse`)
"""

from __future__ import annotations

from collections.abc import Callable

#: Called with each line, from any thread.
listeners: list[Callable[[bytes], None]] = []

_PULSE = b'{"pulse":'


def tell(line: bytes) -> None:
    """Says a line to all who listen."""
    for told in listeners:
        told(line)


def is_pulse(line: bytes) -> bool:
    """Whether it is a line of counts, which no journal has."""
    return line.startswith(_PULSE)
