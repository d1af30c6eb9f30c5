"""Figures of the front pages are those of docs/benchmarks.md, where each has its command."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")


def ratios(page):
    """The ratios that a page names: `2.6 x`, and the last column of the README's table."""
    text = (ROOT / page).read_text("utf-8")
    table = re.search(r"\| times as fast \|\n.*?\n\n", text, re.S)
    in_table = re.findall(r"\| (\d[\d.]*)(?: \([^|]*\))? \|$", table[0], re.M) if table else []
    return [*in_table, *re.findall(r"(\d[\d.]*) x\b(?! \d)", text)]


@pytest.mark.parametrize(("page", "least"), [("README.md", 8), ("docs/why-not.md", 8)])
def test_each_ratio_of_a_front_page_was_measured(page, least):
    found = ratios(page)
    assert len(found) >= least
    measured = set(re.findall(r"(\d[\d.]*) x\b", BENCHMARKS))
    assert set(found) <= measured, sorted(set(found) - measured)
