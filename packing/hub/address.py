"""`hf://datasets/ORG/NAME[@REVISION][/PATH]`: a data set of the Hub, as huggingface_hub's own file system writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from faceshards.errors import UsageError

_FORM = "hf://datasets/ORG/NAME[@REVISION][/PATH]"
_ADDRESS = re.compile(
    r"hf://datasets/(?P<id>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(@(?P<revision>[^/\s]+))?(/(?P<path>\S.*)?)?"
)


@dataclass(frozen=True)
class HubAddress:
    """`id`: ORG/NAME. `revision`: a branch, a tag or a commit; None is the main branch. `path`: a file or a folder in
    it, `""` for all.
    """

    id: str
    revision: str | None = None
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> HubAddress:
        """The address of a text; `%2F` in a revision is a slash. Raises UsageError for any other form."""
        match = _ADDRESS.fullmatch(text)
        if match is None or ".." in (match["path"] or "").split("/"):
            raise UsageError(f"{text!r}: a data set of the Hub is named {_FORM}")
        revision = match["revision"]
        return cls(match["id"], revision and revision.replace("%2F", "/"), (match["path"] or "").strip("/"))

    def __str__(self) -> str:
        revision = f"@{self.revision}" if self.revision else ""
        return f"hf://datasets/{self.id}{revision}" + (f"/{self.path}" if self.path else "")
