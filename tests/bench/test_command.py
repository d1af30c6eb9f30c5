"""`faceshards bench`: which benches there are."""

import pytest
from typer.testing import CliRunner

from faceshards.bench.command import app


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_without_a_name_it_says_what_can_be_measured(words):
    said = CliRunner().invoke(app, words).output
    assert "shards" in said and "stream" in said and "curate" in said


@pytest.mark.parametrize(("name", "option"), [("shards", "--scale"), ("stream", "--only"), ("curate", "--only")])
def test_each_name_leads_to_its_own_bench(name, option):
    said = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
    assert said.exit_code == 0 and option in said.output


def test_another_name_is_refused():
    assert CliRunner().invoke(app, ["speed"]).exit_code == 2
