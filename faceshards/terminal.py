"""What every command's tables in a terminal share: text that is shown as it is, columns, sizes, the names of shards."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from rich import box
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text


def plain(text: object, style: str = "") -> Text:
    """Text that is shown as it is: no markup, and no control character reaches the terminal."""
    return Text("".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in str(text)), style)


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


def shard_names(places: Sequence[object]) -> tuple[str, list[str]]:
    """The common folder of paths or URLs (empty where there is none), and each place below it."""
    parts = [str(place).split("/") for place in places]
    shared = takewhile(lambda column: len(set(column)) == 1, zip(*(one[:-1] for one in parts), strict=False))
    depth = sum(1 for _ in shared)
    return "/".join(parts[0][:depth]) if parts else "", ["/".join(one[depth:]) for one in parts]


def titled(word: str, folder: str) -> str:
    """`Shards in train_set/VFHQ`; without a folder the word alone."""
    return f"{word} in {folder}" if folder else word
