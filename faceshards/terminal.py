"""What every command's output in a terminal shares: a screen that no text from data can command, tables, columns,
sizes, the names of shards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from faceshards.errors import UsageError

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def cleaned(text: str, kept: str = "\n\t") -> str:
    """The text with a replacement character for each that cannot be seen: those that command a terminal, those that
    turn the direction of what follows, bytes that were no text. Those `kept` stay.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in kept else "\N{REPLACEMENT CHARACTER}" for one in text)


def plain(text: object, style: str = "") -> Text:
    """Text that is shown as it is, on one line: no markup, and no control character reaches the terminal."""
    return Text(cleaned(str(text), kept=""), style)


class Screen(Console):
    """The one way to a terminal: whatever is printed, no control character of a text reaches it."""

    @property
    def can_redraw(self) -> bool:
        """Whether a line can be drawn again in its place. A notebook asks for colours (FORCE_COLOR), which rich takes
        for a terminal; there each drawing would stay.
        """
        return self.is_terminal and self.file.isatty()

    def render_str(self, text: str, **how: Any) -> Text:
        """A string as text, cleaned before it is laid out, so that its columns are counted right."""
        return super().render_str(cleaned(text), **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The pieces of what is shown, cleaned; what moves the cursor of a progress bar is no text."""
        for one in super().render(renderable, options):
            shown = one.text if one.control else cleaned(one.text)
            yield one if shown is one.text else Segment(shown, one.style)


def counted(counts: Mapping[str, int]) -> str:
    """Counts in words: `mp4 2, mpg 1`."""
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())


def new_table(title: str, *columns: str) -> Table:
    """A column whose name ends in `#` holds numbers, one whose name ends in `...` holds text that may wrap."""
    table = Table(
        title=plain(title),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    for column in columns:
        name, wraps = column.removesuffix("..."), column.endswith("...")
        justify: JustifyMethod = "right" if name.endswith("#") else "left"
        table.add_column(name.removesuffix("#"), justify=justify, no_wrap=not wraps, overflow="fold")
    return table


def size(count: int) -> str:
    """A number of bytes for people, in decimal units as disks have them."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 999.5 or unit == "TB":
            break
        amount /= 1000
    return f"{count} B" if unit == "B" else f"{amount:.3g} {unit}"


def parse_bytes(text: str) -> int:
    """A size: `500M`, `2G`, `1048576`; K, M, G, T are powers of 1024. Raises UsageError."""
    match = re.fullmatch(r"([0-9]{1,15})\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise UsageError(f"a size must be a number of bytes with K, M, G or T behind it, got {text!r}")
    return int(match[1]) * _UNITS[match[2].upper()]


def shard_names(places: Sequence[object]) -> tuple[str, list[str]]:
    """The common folder of paths or URLs (empty where there is none), and each place below it."""
    parts = [str(place).split("/") for place in places]
    shared = takewhile(lambda column: len(set(column)) == 1, zip(*(one[:-1] for one in parts), strict=False))
    depth = sum(1 for _ in shared)
    return "/".join(parts[0][:depth]) if parts else "", ["/".join(one[depth:]) for one in parts]


def titled(word: str, folder: str) -> str:
    """`Shards in train_set/VFHQ`; without a folder the word alone."""
    return f"{word} in {folder}" if folder else word
