"""What native code writes on stderr past Python, without the lines that tell a user nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress


@contextmanager
def without_lines(start: bytes) -> Iterator[None]:
    """Leaves out lines that begin so of what reaches this process's stderr in the block; the others come at its end.

    Where there is no stderr, or no room for a temporary file, nothing is left out.
    """
    with ExitStack() as opened:
        try:
            caught = opened.enter_context(tempfile.TemporaryFile())
            stderr = os.dup(2)
        except OSError:
            yield
            return
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            caught.seek(0)
            with suppress(OSError):
                os.write(2, b"".join(line for line in caught if not line.startswith(start)))
