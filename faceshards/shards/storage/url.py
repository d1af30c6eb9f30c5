"""Where a shard is: a path of this machine, or the URL of an object in a store."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from faceshards.errors import UsageError
from faceshards.secrets import masked

#: scheme -> what stands behind `//` and before the object's own path.
SCHEMES = {"s3": "bucket", "gs": "bucket", "az": "container", "http": "host", "https": "host"}

#: Those of web servers, which may take a user and a password.
WEB = ("http", "https")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# What becomes of the two slashes in a `Path`.
_COLLAPSED = re.compile(rf"({'|'.join(SCHEMES)}):/(?!/)")


@dataclass(frozen=True, order=True, repr=False)
class Url:
    """An object, or all below a prefix. `root` is the store (`s3://bucket`), `key` the path in it, no slash first.

    Offers what code that also holds a `Path` asks for: `name`, `stem`, `suffix`, `parent`, `with_name`, `with_suffix`,
    `/`. A web server's `root` may hold a user and a password; neither `str` nor `repr` shows them.
    """

    root: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Url:
        """The URL of a text. Raises UsageError for a scheme that is no store's, where the store is not named, for
        credentials of a store, and for a query of a web server: neither is sent.
        """
        scheme, _, rest = text.partition("://")
        if scheme not in SCHEMES:
            raise UsageError(f"{text!r}: say a path, or a URL that begins with {', '.join(f'{s}://' for s in SCHEMES)}")
        named, _, key = rest.partition("/")
        if not named:
            raise UsageError(f"{text!r}: no {SCHEMES[scheme]}: say {scheme}://{SCHEMES[scheme]}/PATH")
        if scheme not in WEB and ("@" in named or ":" in named):
            raise UsageError(
                f"{text!r}: credentials are not read from a URL: say {scheme}://{SCHEMES[scheme]}/PATH, "
                "and give them in the environment"
            )
        if scheme in WEB and "?" in rest:  # what stands behind it may be a signature: it is not shown
            raise UsageError(f"{text.partition('?')[0]}?...: a query (signed URL) is not sent: name the plain object")
        return cls(f"{scheme}://{named}", key.strip("/"))

    @property
    def scheme(self) -> str:
        """s3, gs, az, http or https."""
        return self.root.partition(":")[0]

    @property
    def bucket(self) -> str:
        """What the root names behind its scheme."""
        return self.root.partition("://")[2]

    @property
    def name(self) -> str:
        """The key's last part."""
        return self.key.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return Path(self.name).stem

    @property
    def suffix(self) -> str:
        """The name's last suffix, with its dot."""
        return Path(self.name).suffix

    @property
    def parent(self) -> Url:
        """The prefix that it stands below."""
        return replace(self, key=self.key.rpartition("/")[0])

    def with_name(self, name: str) -> Url:
        """Its neighbour of another name."""
        return self.parent / name

    def with_suffix(self, suffix: str) -> Url:
        """Its neighbour of another suffix."""
        return self.with_name(self.stem + suffix)

    def __truediv__(self, name: str) -> Url:
        return replace(self, key=f"{self.key}/{name}" if self.key else name)

    def __str__(self) -> str:
        return masked(f"{self.root}/{self.key}")

    def __repr__(self) -> str:
        return f"Url({str(self)!r})"

    def __fspath__(self) -> str:
        raise UsageError(f"{self} is in a store, and this needs a file of this machine: copy it here first")


#: A path of this machine or the URL of an object.
Place = Path | Url


def on_disk(place: Place, rule: str) -> Path:
    """The path of a place on this machine. Raises UsageError, with the `rule`, for one in a store."""
    if isinstance(place, Url):
        raise UsageError(f"{place}: {rule}")
    return place


def address(place: Place) -> str:
    """The text that `place` reads back, with the user and password of a web server: it is not to be shown."""
    return f"{place.root}/{place.key}" if isinstance(place, Url) else str(place)


def place(text: str | Path | Url) -> Place:
    """The place that a text names: a path, unless it begins with a scheme; so does a `Path` that was made of a URL.
    Raises UsageError as `Url.parse` does.
    """
    if isinstance(text, Url):
        return text
    named = str(text)
    if isinstance(text, Path):
        named = _COLLAPSED.sub(r"\1://", named, count=1) if _COLLAPSED.match(named) else ""
    match = _SCHEME.match(named)
    if match is None or os.path.lexists(text) or "://" not in named:
        return Path(text)
    return Url.parse(named)
