"""`faceshards stages` from the outside."""

import json

import pytest

from faceshards.__main__ import main


def test_every_stage_is_listed_with_what_it_needs_and_makes(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "200")
    for words in (["stages"], ["stages", "--json"]):
        assert "face_crop" in capsys.readouterr().out or words == ["stages"]
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["stages"]}
    crop = rows["face_crop"]
    assert (crop["needs"], crop["makes"], crop["scores"]) == (
        ["frames", "faces.msg"],
        ["face.jpg"],
        ["face_frame", "face_points"],
    )
    assert crop["parameters"] == {"margin": 0.1} and crop["commercial"] is True
    near, far, mesh = "face_detection_short_range", "face_detection_full_range_sparse", "face_landmark"
    assert set(rows["faces"]["models"]) == {near, far, mesh} and rows["faces"]["commercial"] is True
    assert rows["loudness"]["needs"] == ["sound"]
