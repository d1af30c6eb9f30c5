"""Who holds a lease, in words for the one who is kept out: they are shown, and nothing is ever decided by them."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from faceshards.errors import StorageError

#: Bytes of a sign at most.
MOST = 256


def sign(work: str = "") -> str:
    """What this process says of itself: `faceshards curate, process 4711 of ada on node7, since 2026-11-28 06:23:06
    UTC`. `work` is its name; by default that of the command or script.
    """
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{work or _program()}, process {os.getpid()} of {user_name()} on {socket.gethostname()}, since {since}"


def busy(where: Any, said: bytes) -> StorageError:
    """What another writer of the same place is told; `said` is the holder's sign, whatever wrote it."""
    text = said[:MOST].decode("utf-8", "replace").strip()
    named = f" ({''.join(char for char in text if char.isprintable())})" if text else ""
    return StorageError(f"{where}: another process is writing it{named}: wait for it to end, or end it, and run again")


def _program() -> str:
    """The command of ours that runs, else the script's name."""
    name = Path(sys.argv[0] if sys.argv else "").name
    if name in ("__main__.py", "faceshards") and len(sys.argv) > 1 and sys.argv[1].isalpha():
        return f"faceshards {sys.argv[1]}"
    return name if name not in ("", "-c") else "python"


def user_name() -> str:
    """The login name of whoever runs this process; a container's number without a name is `user NUMBER`."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"
