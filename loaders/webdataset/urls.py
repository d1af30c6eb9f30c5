"""The tars that webdataset's URLs name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from braceexpand import braceexpand

from faceshards.errors import UsageError
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.url import SCHEMES, Place, address

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")

Urls = str | Place | Sequence[str | Place]


def tar_files(urls: Urls, options: StoreOptions | None = None) -> list[Place]:
    """The shards that webdataset's URLs name: files, folders, and what is in a store (s3, gs, az, http, https), braces
    expanded (`part-{000..009}.tar`).

    Raises UsageError for `pipe:` and every other scheme: webdataset would hand those to a shell.
    """
    places: list[str | Place] = []
    for url in [urls] if isinstance(urls, (str, Place)) else urls:
        text = url if isinstance(url, str) else address(url)
        scheme = _SCHEME.match(text)
        if scheme and (scheme[1].lower() not in SCHEMES or "://" not in text):
            raise UsageError(
                f"URL {text!r}: only paths and {', '.join(SCHEMES)} are opened, never a shell (pipe:, curl)"
            )
        places += [text] if Path(text).exists() else braceexpand(text)
    return find_shards(*places, options=options)
