"""Secrets that stand in URLs: `s3://KEY:SECRET@bucket`, `http://user:password@host`. They are never shown."""

from __future__ import annotations

import re

# The user of a URL; or, where what follows the first colon is no port, all up to the sign: secrets hold slashes, too.
_USERS = re.compile(r"(?<=://)(?:[^/\s:@\[]*:(?!\d+(?:[/?#\s'\"]|$))[^\s@]*@|[^/\s@]*@)")
# A bucket's name holds no colon: what holds one is a key with its secret, whose bucket was forgotten.
_KEYS = re.compile(r"(?<=(?:s3|gs|az)://)[^/\s:@*]*:[^\s'\"]*")
MASK = "***@"


def masked(text: str) -> str:
    """The text with `***` in place of the user and password of each URL in it."""
    return _KEYS.sub("***", _USERS.sub(MASK, text)) if "://" in text else text
