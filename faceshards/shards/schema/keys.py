"""Sample keys: a clip's name in a reversible ASCII form without dots or slashes.

WebDataset splits a member's name at the first dot of its base name, so a key holds none. The form is the
quoted-printable escape (RFC 2045, `=` and two upper-case hex digits a byte) over UTF-8, with its own set of plain
characters.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

#: Longest key in bytes: with the longest column name behind it a member still fits a file name of 255 bytes.
MAX_KEY = 200

_KEY = re.compile(r"[A-Za-z0-9_+=~-]{1,240}")
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+")


def encode_key(name: str) -> str:
    """The key of a clip's name: `a clip.v2` -> `a=20clip=2Ev2`.

    A leading `-` is escaped (a shell would take it for an option). A key of more than `MAX_KEY` bytes is cut and ends
    in `=~` and eight hex digits of the name's blake2b: such a key does not decode; the original name stands in the
    `json`.
    """
    raw = name.encode("utf-8", "surrogateescape")
    if not raw:
        raise ValueError("a clip's name must not be empty")
    key = "".join(chr(b) if b in _PLAIN and (i or b != 0x2D) else f"={b:02X}" for i, b in enumerate(raw))
    if len(key) <= MAX_KEY:
        return key
    digest = hashlib.blake2b(raw, digest_size=4).hexdigest()
    return re.sub("=[0-9A-F]?$", "", key[: MAX_KEY - 10]) + "=~" + digest


def is_key(text: str) -> bool:
    """Whether it may be a key as it stands; else `encode_key` makes one of it."""
    return _KEY.fullmatch(text) is not None


class UniqueKeys:
    """Gives each name of a shard a key of its own: the second `a` becomes `a-2`, the third `a-3`. Those that are
    `taken` already are copied.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._taken)

    def __contains__(self, key: object) -> bool:
        return key in self._taken

    def key(self, name: str) -> str:
        """The key of `name`, with a suffix where the plain one is taken."""
        return self.unique(encode_key(name))

    def unique(self, plain: str) -> str:
        """This key, with a suffix where it is taken."""
        key, count = plain, self._next.get(plain, 2)  # of a name that comes often, the numbers before are taken
        while key in self._taken:
            key = f"{plain[: MAX_KEY - 8]}-{count}"
            count += 1
            self._next[plain] = count
        self._taken.add(key)
        return key
