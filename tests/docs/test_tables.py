import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
SPEC = importlib.util.spec_from_file_location("docs_tables", DOCS / "tables.py")
tables = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tables)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda p: p.name)
def test_the_tables_of_the_pages_are_those_of_the_code(page):
    text = page.read_text("utf-8")
    assert tables.filled(text) == text, f"run: make docs ({page.name} is behind the code)"


def test_every_column_and_reason_is_on_a_page():
    text = (DOCS / "format.md").read_text("utf-8")
    assert all(f"| {name} |" in text for name in tables.COLUMNS)
