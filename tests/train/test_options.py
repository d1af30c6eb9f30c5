"""A task's dataclass becomes its command: each field is an option with its help, limits and default."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from typer.testing import CliRunner

from faceshards.train.options import TrainingOptions, command_of

given = []


@dataclass(frozen=True, kw_only=True)
class Toy(TrainingOptions):
    """Train a toy.

    Example: toy --data a.tar --out runs
    """

    depth: Annotated[int, typer.Option(min=1, help="Layers of the toy.")] = 3

    def task(self, faces): ...

    def view(self): ...

    def train(self):
        given.append(self)


def run(*words):
    app = typer.Typer(rich_markup_mode=None)
    app.command("toy")(command_of(Toy))
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


def test_the_words_arrive_as_fields_with_their_types():
    assert (
        run("--data", "a.tar", "--data", "b", "--out", "runs", "--lr", "0.5", "--depth", "4", "--json").exit_code == 0
    )
    options = Toy(data=["a.tar", "b"], out=Path("runs"), lr=0.5, depth=4, as_json=True)
    assert given.pop() == options and options.batch_size == 2


def test_the_help_teaches_the_tasks_own_options_and_those_of_every_task():
    said = run("--help").output
    assert "Train a toy." in said and "Example: toy" in said
    for option in ("Layers of the toy.", "--data", "--num-workers", "Adam's learning rate.", "1000"):
        assert option in said


def test_a_word_beyond_its_limits_or_one_too_few_ends_with_2():
    assert run("--data", "a", "--out", "b", "--depth", "0").exit_code == 2
    assert run("--data", "a").exit_code == 2 and not given


def test_the_settings_of_the_view_stand_in_the_checkpoint(faces, tmp_path, monkeypatch):
    from faceshards.loaders.views.speech_to_face import FaceWithPoints
    from faceshards.models import checkpoint
    from faceshards.train.fit import FaceDecoderTraining

    monkeypatch.setattr(FaceWithPoints, "settings", {"hop": 160, "era": "head"}, raising=False)
    FaceDecoderTraining(data=[str(faces)], out=tmp_path, steps=1, width=0.03).train()
    assert checkpoint.load(tmp_path / "checkpoint.pt").config["settings"] == {"hop": 160, "era": "head"}
