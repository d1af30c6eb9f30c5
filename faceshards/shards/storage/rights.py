"""Who may read and write a file stays who may, when a new file takes its place."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

#: The extended attribute in which Linux keeps an access list (acl(5)).
_ACCESS_LIST = "system.posix_acl_access"


def keep_rights(fd: int, path: Path) -> None:
    """Gives an open file the mode, the access list and, where that is permitted, owner and group of the one at `path`.

    Where the group cannot be kept, ours may do no more than everybody could. Nothing happens where `path` is not there.
    """
    try:
        old = os.stat(path)
    except FileNotFoundError:
        return
    mode = old.st_mode & 0o777
    if not _give(fd, old):
        mode &= 0o707 | (mode & 0o007) << 3
    _share(fd, path)
    os.fchmod(fd, mode)


def _give(fd: int, old: os.stat_result) -> bool:
    """Whether the file has the old group now; the owner, too, where we may give files away."""
    for owner in (old.st_uid, -1):
        with suppress(PermissionError):
            os.fchown(fd, owner, old.st_gid)
            return True
    return os.fstat(fd).st_gid == old.st_gid


def _share(fd: int, path: Path) -> None:
    """Copies the access list; a file without one gets none, whatever its folder hands down."""
    try:
        os.setxattr(fd, _ACCESS_LIST, os.getxattr(path, _ACCESS_LIST))
    except OSError:  # there is none, or the file system has no such lists
        with suppress(OSError):
            os.removexattr(fd, _ACCESS_LIST)
