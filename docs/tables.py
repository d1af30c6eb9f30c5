"""Fills the tables of the documentation from the code: `python docs/tables.py` (make docs). A test keeps them equal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from faceshards.errors import REASONS
from faceshards.shards.schema.columns import COLUMNS, ordered
from faceshards.shards.schema.scalars import SCALARS

DOCS = Path(__file__).resolve().parent


def tables() -> dict[str, str]:
    """Marker -> Markdown table."""
    heads = ("column", "dtype", "shape", "unit", "coordinates", "made by", "what it is")
    rows = {c.name: (c.name, c.dtype, c.shape, c.unit, c.space, c.maker, c.doc) for c in COLUMNS.values()}
    own = [name for name in ordered(list(rows)) if COLUMNS[name].maker in ("pack", "import")]
    scalars = ((s.name, str(s.type), s.unit, s.maker, s.doc) for s in SCALARS.values())
    return {
        "columns": _table(heads, [rows[name] for name in own]),
        "stages": _table(heads, [rows[name] for name in ordered(list(rows)) if name not in own]),
        "scalars": _table(("key", "type", "unit", "made by", "what it is"), scalars),
        "reasons": _table(("code", "what it means"), ((f"`{code}`", text) for code, text in REASONS.items())),
    }


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def filled(text: str) -> str:
    """A page with every `<!-- NAME -->...<!-- /NAME -->` block replaced by its table."""
    for name, table in tables().items():
        text = re.sub(
            rf"<!-- {name} -->.*?<!-- /{name} -->",
            lambda _, name=name, table=table: f"<!-- {name} -->\n{table}\n<!-- /{name} -->",  # type: ignore[misc]
            text,
            flags=re.DOTALL,
        )
    return text


if __name__ == "__main__":
    for page in sorted(DOCS.glob("*.md")):
        page.write_text(filled(page.read_text("utf-8")), "utf-8")
