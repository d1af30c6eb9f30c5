"""The demo's road: commands that the front door takes, in an order in which each finds what it needs."""

import importlib
import shlex
import sys
from pathlib import Path

import pytest
import typer

from faceshards.__main__ import COMMANDS
from faceshards.bench.demo.road import Road, Step
from faceshards.errors import FaceshardsError

OUT = Path("the out's folder")


def all_steps(road: Road) -> list[Step]:
    raw = [*road.own_raw(Path("raw/group 124.zip"), Path("raw/clips")), *road.user_raw(Path("my/clips.zip"))]
    return [*raw, *road.training(), road.inference(Path("voice.wav")), road.inspection()]


@pytest.mark.parametrize("step", all_steps(Road(OUT)), ids=lambda step: step.aim)
def test_the_line_that_is_shown_is_the_command_that_runs(step):
    shown = shlex.split(step.line())
    if step.kind == "pack":
        assert shown[:2] == ["python", "packing/pack.py"]
        assert step.arguments()[0] == sys.executable and Path(step.arguments()[1]).is_file()
        assert step.arguments()[2:] == shown[2:]
    else:
        assert step.arguments() == [sys.executable, "-m", "faceshards", *shown[1:]] and shown[0] == "faceshards"


def command(name: str):
    """A command of the front door, as its parser has it."""
    module, attribute, _ = COMMANDS[name]
    target = getattr(importlib.import_module(module), attribute)
    if not isinstance(target, typer.Typer):
        app = typer.Typer()
        app.command()(target)
        target = app
    return typer.main.get_command(target)


@pytest.mark.parametrize("step", all_steps(Road(OUT)), ids=lambda step: step.aim)
def test_every_word_of_the_road_is_one_that_its_command_takes(step):
    parser, words = command(step.words[0]), list(step.words[1:])
    if hasattr(parser, "commands"):
        parser = parser.commands[words.pop(0)]
    with parser.make_context(step.kind, words) as context:
        assert context.params


def test_what_is_packed_is_enriched_and_what_is_trained_is_used(tmp_path):
    road = Road(tmp_path)
    steps = list(road.own_raw(tmp_path / "group124.zip", tmp_path / "clips"))
    assert [step.kind for step in steps] == ["pack", "pack", "curate", "curate"]
    sources = [Path(word) for step in steps[:2] for word in step.words[1:3] if word.startswith(str(tmp_path))]
    assert {f"{source.stem}.tar" for source in sources} == {Path(step.words[1]).name for step in steps[2:]}
    trained = {step.words[step.words.index("--out") + 1] for step in road.training()}
    words = road.inference(tmp_path / "v.wav").words
    used = {str(Path(word).parent) for word in words if word.endswith("checkpoint.pt")}
    assert trained == used and len(used) == 2


@pytest.mark.parametrize(("source", "words"), [("a.zip", ("pack", "--zip", "a.zip")), ("a", ("pack", "a"))])
def test_a_user_s_zip_and_folder_are_both_packed(source, words):
    pack, curate = Road(OUT).user_raw(Path(source))
    assert pack.words[: len(words)] == words and curate.words[1] == str(OUT / "shards")


def test_a_step_that_fails_says_which_command_it_was(tmp_path, capfd):
    step = Step("inspect", "nothing", ("inspect", str(tmp_path / "no such.tar")))
    with pytest.raises(FaceshardsError, match=r"`faceshards inspect '.*no such\.tar'` ended with exit code"):
        step.run()
    assert "no such.tar" in capfd.readouterr().err


def test_a_step_tells_its_seconds(capfd):
    assert 0 < Step("help", "the words", ("--help",)).run() < 60
