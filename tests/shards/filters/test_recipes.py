"""Recipes: found by name from any folder, in a file by its path, and refused where they cannot be what was meant."""

import re

import duckdb
import pyarrow as pa
import pytest

from faceshards.errors import UsageError
from faceshards.shards.filters.recipes import SHIPPED, expression_of, read_recipes, recipes
from faceshards.shards.schema.scalars import SCALARS

PUBLISHED = [
    "megactor-v1",
    "megactor-sigma",
    "avspeech-75",
    "talkvid-v1",
    "latentsync-v1",
    "latentsync-v2",
    "3dxtalker-v1",
]
OURS = [*PUBLISHED, "talking-v1", "faces-v1"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working directory with a recipe of its own."""
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "mine.toml").write_text('long-clips = "frames >= 75"\nwide-v2 = "width > 500"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_those_of_the_package_are_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert [one.name for one in recipes()] == OURS
    assert expression_of("faces-v1") == "face_share >= 0.95 AND faces_max = 1"


@pytest.mark.parametrize("recipe", [one for one in recipes() if one.file.parent == SHIPPED], ids=lambda one: one.name)
def test_each_of_the_package_asks_for_scores_that_stages_declare(recipe):
    fields = {"key": pa.string()} | {name: scalar.type for name, scalar in SCALARS.items()}
    index = pa.table({name: pa.array([None], kind) for name, kind in fields.items()})
    assert duckdb.from_arrow(index).filter(recipe.where).fetchall() == []


def test_in_the_folder_of_the_package_each_is_found_once(monkeypatch):
    monkeypatch.chdir(SHIPPED.parent)
    assert [one.name for one in recipes()] == OURS


def test_those_of_the_working_directory_are_found_beside_them(here):
    assert [one.name for one in recipes()] == [*OURS, "long-clips", "wide-v2"]
    assert expression_of("long-clips") == "frames >= 75"


def test_a_file_is_named_by_its_path(here, tmp_path):
    elsewhere = tmp_path / "a: folder.toml"
    elsewhere.mkdir()
    (elsewhere / "own.toml").write_text('only-v1 = "frames > 1"')
    assert expression_of(f"{elsewhere}/own.toml") == expression_of(f"{elsewhere}/own.toml:only-v1") == "frames > 1"
    assert expression_of("recipes/mine.toml:wide-v2") == "width > 500"
    with pytest.raises(UsageError, match=r"may be long-clips of recipes/mine\.toml and wide-v2 of .*, which differ"):
        expression_of("recipes/mine.toml")
    with pytest.raises(UsageError, match=r"no recipe 'recipes/mine\.toml:none-v1'"):
        expression_of("recipes/mine.toml:none-v1")
    with pytest.raises(UsageError, match=r"no-such\.toml: No such file"):
        expression_of("no-such.toml")


def test_two_of_one_name_that_differ_are_refused(here):
    (here / "recipes" / "theirs.toml").write_text('long-clips = "frames >= 75"\nfaces-v1 = "face_share > 0.1"')
    assert expression_of("long-clips") == "frames >= 75"
    with pytest.raises(UsageError, match=r"faces-v1 of .*talking\.toml and faces-v1 of .*theirs\.toml, which differ"):
        expression_of("faces-v1")


@pytest.mark.parametrize("text", ["frames > 3", "source = 'a.toml'", "frames-1"])
def test_all_else_is_the_expression_itself(text, here):
    if text == "frames-1":  # reads as a name: a column has no hyphen, and a difference is no filter
        with pytest.raises(UsageError, match="no recipe"):
            expression_of(text)
    else:
        assert expression_of(text) == text


@pytest.mark.parametrize("text", ["", "  \n", None, 5])
def test_a_filter_without_a_word_is_refused(text):
    with pytest.raises(UsageError, match=f"where={re.escape(repr(text))} is no filter.*faceshards recipes"):
        expression_of(text)


@pytest.mark.parametrize(
    "text", ["no toml at all", 'nohyphen = "true"', "a-b = 3", 'a-b = " "', '[a-b]\nc = "true"', "\x00", "a.b-c = 'x'"]
)
def test_a_file_that_is_none_is_refused(text, tmp_path):
    (tmp_path / "odd.toml").write_text(text)
    with pytest.raises(UsageError, match=r"odd\.toml: .*recipe"):
        read_recipes(tmp_path / "odd.toml")


def test_a_file_of_other_bytes_and_a_folder_are_refused(tmp_path):
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "odd.toml", tmp_path):
        with pytest.raises(UsageError, match="recipe file"):
            read_recipes(path)
