"""Parts of a bench: named, measured one behind the other in folders that go, also where one fails."""

import pytest

from faceshards.bench.figure import Figure
from faceshards.bench.parts import chosen, measured
from faceshards.errors import UsageError


def test_all_parts_or_those_that_are_named():
    assert chosen(None, ["a", "b"]) == ["a", "b"] == chosen([], {"a": 1, "b": 2}) and chosen(["b"], ["a", "b"]) == ["b"]
    with pytest.raises(UsageError, match="--only c: the views are a, b"):
        chosen(["a", "c"], ["a", "b"], "views")


def test_each_part_has_a_folder_that_goes(tmp_path, capsys):
    seen = []

    def measure(folder):
        seen.append((folder, folder.is_dir(), list(folder.parent.iterdir())))
        yield Figure(folder.name, 2.0, "x")

    figures = measured({"a": measure, "b": measure}, tmp_path)
    assert [figure.work for figure in figures] == ["a", "b"] and capsys.readouterr().err == "a: 2 x\nb: 2 x\n"
    assert all(there and beside == [folder] for folder, there, beside in seen) and not list(tmp_path.iterdir())

    def fails(folder):
        raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        measured({"a": fails}, tmp_path)
    assert not list(tmp_path.iterdir())
