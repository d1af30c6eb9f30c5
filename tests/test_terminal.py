import ast
import io
from pathlib import Path

import pytest
from rich.panel import Panel
from rich.progress import Progress
from rich.text import Text

from faceshards.terminal import Screen, cleaned, new_table, plain, shard_names, titled

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("places", "folder", "names"),
    [
        ([], "", []),
        (["a.tar"], "", ["a.tar"]),
        (["set/a.tar"], "set", ["a.tar"]),
        (["/x/set/a.tar", "/x/set/deep/b.tar"], "/x/set", ["a.tar", "deep/b.tar"]),
        (["x/a.tar", "y/a.tar"], "", ["x/a.tar", "y/a.tar"]),
        (["set/a.tar", "set/a.tar/b.tar"], "set", ["a.tar", "a.tar/b.tar"]),
        (["s3://bucket/v/a.tar", "s3://bucket/v/b.tar"], "s3://bucket/v", ["a.tar", "b.tar"]),
        (["s3://one/a.tar", "s3://two/a.tar"], "s3:/", ["one/a.tar", "two/a.tar"]),
    ],
)
def test_the_common_folder_is_said_once(places, folder, names):
    assert shard_names(places) == (folder, names)
    assert all("/".join([folder, name]) == place for name, place in zip(names, places, strict=True) if folder)


def test_a_title_without_a_folder_is_the_word_alone():
    assert (titled("Shards", ""), titled("Shards", "set")) == ("Shards", "Shards in set")


HOSTILE = "a\x1b[2J\x07\u202eb\udcff"


def test_nothing_that_is_printed_commands_the_terminal(capsys):
    table = new_table("t", "column")
    table.add_row(HOSTILE)
    for shown in (HOSTILE, Text(HOSTILE), table, Panel(HOSTILE, title=HOSTILE)):
        Screen(width=80).print(shown, markup=False)
        said = capsys.readouterr().out
        assert said.replace("\n", "").isprintable() and "b" in said, repr(said)


def test_a_progress_bar_moves_the_cursor_still():
    screen = Screen(force_terminal=True, file=io.StringIO(), width=80)
    with Progress(console=screen) as bar:
        bar.update(bar.add_task(HOSTILE, total=2), completed=1)
        bar.refresh()
    shown = screen.file.getvalue()
    assert "\x1b[?25l" in shown and "\x1b[2J" not in shown and "\x07" not in shown


def test_there_is_no_other_way_to_the_terminal():
    """Whoever prints by rich prints on a Screen."""
    for folder in ("faceshards", "packing", "curation", "train", "infer", "models", "loaders", "bench"):
        for file in (ROOT / folder).rglob("*.py"):
            calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
            assert not [call for call in calls if getattr(call.func, "id", "") == "Console"], file


def test_a_name_on_one_line_and_a_text_on_many():
    assert plain("a\nb\t").plain == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert cleaned("a\nb\t\r") == "a\nb\t\N{REPLACEMENT CHARACTER}" and cleaned("ä ok") == "ä ok"
