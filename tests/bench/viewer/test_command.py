"""The bench of the viewer, in a real browser."""

import json
import shutil

import pytest

from faceshards.__main__ import main
from faceshards.bench.viewer import command
from faceshards.bench.viewer.scale import ViewerScale

SMALL = ViewerScale(shards=2, runs=2, pictures=75, seeks=4, scrolled=20)


@pytest.mark.slow
def test_every_figure_comes_with_its_target(capsys, monkeypatch, tmp_path):
    pytest.importorskip("playwright")
    if shutil.which("chromium") is None:
        pytest.skip("no chromium on this machine")
    monkeypatch.setattr(command, "QUICK", SMALL)
    with pytest.raises(SystemExit) as end:
        main(["bench", "viewer", "--quick", "--json", "--work", str(tmp_path)])
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert not end.value.code and len(rows) == 11 and all(row["value"] >= 0 for row in rows)
    share = next(row for row in rows if row["unit"] == "x its group's")
    assert share["value"] > 0.2 and share["target"] == "<= 1.2"
    assert not list(tmp_path.iterdir())


def test_a_part_that_there_is_not(capsys):
    with pytest.raises(SystemExit) as end:
        main(["bench", "viewer", "--only", "none"])
    assert end.value.code == 2 and "the parts are many, one" in capsys.readouterr().err
