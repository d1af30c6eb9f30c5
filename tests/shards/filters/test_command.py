import json

import pytest

from faceshards.__main__ import main
from faceshards.shards.filters.recipes import SHIPPED
from tests.shards.filters.test_recipes import OURS


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Runs `faceshards recipes` in an empty folder and returns its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def recipes(*words):
        with pytest.raises(SystemExit) as end:
            main(["recipes", *map(str, words)])
        said = capsys.readouterr()
        return end.value.code or 0, said.out, said.err

    return recipes


def test_each_is_listed_with_its_expression_and_its_file(run, tmp_path):
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "mine.toml").write_text("own-v1 = \"frames > 3 AND name != '[red]\\u001b'\"")
    code, out, err = run()
    assert (code, err) == (0, "") and "talking-v1" in out and "snr_db >= 8" in out
    assert "own-v1" in out and "[red]" in out and "\x1b" not in out
    assert out.count("\N{REPLACEMENT CHARACTER}") == 1  # for the escape; a recipe of several lines is shown on one
    record = json.loads(run("--json")[1])["recipes"]
    assert [one["name"] for one in record] == [*OURS, "own-v1"]
    assert record[0]["file"] == str(SHIPPED / "published.toml") and record[-1]["where"].startswith("frames > 3")


def test_a_file_of_its_own_is_listed(run, tmp_path):
    (tmp_path / "mine.toml").write_text('own-v1 = "frames > 3"')
    assert [one["name"] for one in json.loads(run("mine.toml", "--json")[1])["recipes"]] == ["own-v1"]
    code, _, err = run("none.toml")
    assert code == 2 and err.count("\n") == 1 and "none.toml: No such file" in err
