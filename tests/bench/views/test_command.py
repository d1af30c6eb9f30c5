"""`faceshards bench views`: each view beside the data set that it takes the place of, on few samples."""

import json

import pytest
from typer.testing import CliRunner

from faceshards.bench.command import app
from faceshards.bench.views import command
from faceshards.bench.views.scale import ViewScale

TINY = ViewScale(
    batch=2, batches=2, begin=1, runs=1, workers=1, persons=2, sounds=2, pictures=2, faces=4, sequences=5, speakers=4,
    portraits=4, portrait_seconds=1, portrait_side=96,
    trainings=(), planned=(),
)  # fmt: skip


@pytest.mark.parametrize("view", command.VIEWS)
def test_a_view_is_measured_warm_and_cold(view, monkeypatch, tmp_path):
    monkeypatch.setattr(command, "QUICK", TINY)
    done = CliRunner().invoke(app, ["views", "--quick", "--only", view, "--json", "--work", str(tmp_path)])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout.splitlines()[-1])["rows"]
    told = [row["work"].rsplit(", ")[-1] for row in rows]
    assert (told[0], told[-1]) == ("warm", "cold") and not list(tmp_path.iterdir())
    assert all(row["value"] > 0 and row["work"].startswith(view) for row in rows)
    read = {name: value for name, value in rows[-1]["peers"].items() if name.endswith("MB")}
    assert len(read) == 2 and all(value > 0 for value in read.values())


def test_an_unknown_view_is_refused():
    said = CliRunner().invoke(app, ["views", "--only", "all"])
    assert said.exit_code and "--only all: the views are" in str(said.exception)
