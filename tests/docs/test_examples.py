"""Every command and snippet of the pages, docstrings and help texts runs on shards like the demo's.

What does not run here says in the page what it needs (`tests/docs/examples.py`), and is looked at as far as it can be.
"""

import importlib
import importlib.util
from collections import Counter

import pytest

from tests.docs.examples import NEEDS, PAGES, ROOT, RUN, SHOWN, blocks, docstring_blocks, inline_commands
from tests.docs.reader import Reader, lines_of, look_at, look_at_python

#: Those of commands are `test_help.py`'s.
IN_DOCSTRINGS = [one for one in docstring_blocks() if not one.text.startswith("faceshards ")]
LONG_PAGES = [page for page in PAGES if any("minutes" in block.needs for block in blocks(page))]

# webdataset and spawned workers leave files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def runs_here(block, slow=False):
    """Whether a block runs on this machine, today."""
    if block.kind not in RUN or block.needs & {"cluster", "gpu"} or (("minutes" in block.needs) and not slow):
        return False
    return all(need in NEEDS or importlib.util.find_spec(need) for need in block.needs)


def look(block):
    if block.kind == "python":
        look_at_python(block.text, str(block))
    for line in lines_of(block):
        look_at(line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_of_a_page_runs_in_order(page, folder):
    reader = Reader(folder)
    for block in blocks(page):
        if runs_here(block):
            reader.run(block)
        else:
            look(block)


@pytest.mark.slow
@pytest.mark.parametrize("page", LONG_PAGES, ids=lambda page: page.name)
def test_every_block_of_a_page_runs_however_long_it_takes(page, folder):
    reader = Reader(folder)
    for block in blocks(page):
        if runs_here(block, slow=True):
            reader.run(block)


@pytest.mark.parametrize("block", IN_DOCSTRINGS, ids=str)
def test_the_example_of_a_docstring_runs(block, folder):
    if block.text.startswith("python -m faceshards.bench."):  # it measures, for minutes
        look(block)
        return
    name = "faceshards." + ".".join(block.file.relative_to(ROOT).with_suffix("").parts).removeprefix("faceshards.")
    module = importlib.import_module(name.removesuffix(".__init__"))
    names = {one: getattr(module, one) for one in (*vars(module), *getattr(module, "__all__", ()))}
    Reader(folder, {**names, "__name__": "__main__"}).run(block)


def test_nothing_is_left_out_without_a_word(record_property):
    """Every block has a kind, every mark a meaning; what runs every day is counted, a page."""
    for page in PAGES:
        found = blocks(page)
        assert all(block.kind in (*RUN, *SHOWN) for block in found), [
            str(b) for b in found if b.kind not in (*RUN, *SHOWN)
        ]
        assert page.read_text("utf-8").count("\n```") == 2 * len(found), f"{page.name}: a fence is not closed"
        for block in found:
            unknown = [need for need in block.needs - set(NEEDS) if not need.isidentifier() or need not in _packages()]
            assert not unknown, f"{block} needs {', '.join(unknown)}: no such mark (tests/docs/examples.py)"
            assert ("s3" in block.needs) == ("s3://" in block.text and block.kind in RUN), f"{block}: say needs: s3"
        counts = Counter("runs" if runs_here(one) else "is looked at" for one in found if one.kind in RUN)
        record_property(page.name, dict(counts))
        print(f"{page.name}: {counts['runs']} run, {counts['is looked at']} are looked at")
        assert counts["runs"] or not counts["is looked at"] or page.name == "cluster.md"
    assert len(IN_DOCSTRINGS) >= 5


def _packages():
    """The packages that the project knows by name, as extras or as peers."""
    said = (ROOT / "pyproject.toml").read_text() + (ROOT / "bench" / "peers.txt").read_text()
    return {
        one for one in ("ray", "torch", "webdataset", "lightning", "accelerate", "litdata", "datasets") if one in said
    }


def test_every_command_in_a_line_is_one_that_is_there():
    commands = list(inline_commands())
    assert len(commands) > 20
    for where, line in commands:
        try:
            look_at(line, placeholders=True)
        except AssertionError as error:
            raise AssertionError(f"{where}: {error}") from None
