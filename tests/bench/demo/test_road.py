"""The demo's road: commands that the front door takes, in an order in which each finds what it needs."""

import importlib
import shlex
import sys
from pathlib import Path

import pytest
import typer

from faceshards.__main__ import COMMANDS
from faceshards.bench.demo.road import Road, Step
from faceshards.errors import FaceshardsError, StorageError, UsageError

OUT = Path("the out's folder")


POSSIBLE = {"group124.tar": "faces", "clips.tar": "faces,loudness"}


def all_steps(road: Road) -> list[Step]:
    own = [*road.own_packing(Path("raw/group 124.zip"), Path("raw/clips")), *road.own_curation(POSSIBLE)]
    users = [*road.user_packing(Path("my/clips.zip")), *road.user_curation({"a.tar": "faces", "a-mpg.tar": "swap"})]
    return [*own, *users, *road.training(9), road.inference(), road.inspection()]


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
    target = getattr(importlib.import_module(COMMANDS[name].module), COMMANDS[name].attribute)
    if not isinstance(target, typer.Typer):
        app = typer.Typer()
        app.command()(target)
        target = app
    return typer.main.get_command(target)


@pytest.mark.parametrize("step", all_steps(Road(OUT)), ids=lambda step: step.aim)
def test_every_word_of_the_road_is_one_that_its_command_takes(step):
    parser, words = command(step.words[0]), list(step.words[1:])
    if hasattr(parser, "commands"):
        parser = parser.commands[words.pop(0) if words[0] in parser.commands else parser.default]
    with parser.make_context(step.kind, words) as context:
        assert context.params


def test_what_is_packed_is_enriched_and_what_is_trained_is_used(tmp_path):
    road = Road(tmp_path)
    steps = [*road.own_packing(tmp_path / "group124.zip", tmp_path / "clips"), *road.own_curation(POSSIBLE)]
    assert [step.kind for step in steps] == ["pack", "pack", "curate", "curate"]
    sources = [Path(word) for step in steps[:2] for word in step.words[1:3] if word.startswith(str(tmp_path))]
    assert {f"{source.stem}.tar" for source in sources} == {Path(step.words[1]).name for step in steps[2:]}
    trained = {step.words[step.words.index("--out") + 1] for step in road.training(9)}
    words = road.inference().words
    used = {str(Path(word).parent) for word in words if word.endswith("checkpoint.pt")}
    assert trained == used and len(used) == 2


@pytest.mark.parametrize(("source", "words"), [("a.zip", ("pack", "--zip", "a.zip")), ("a", ("pack", "a"))])
def test_a_user_s_zip_and_folder_are_both_packed(source, words):
    (pack,) = Road(OUT).user_packing(Path(source))
    assert pack.words[: len(words)] == words


def test_shards_that_allow_the_same_are_enriched_together():
    (one,) = Road(OUT).user_curation({"a.tar": "faces,swap", "b.tar": "faces,swap"})
    assert one.words[1:4] == (str(OUT / "shards"), "--stages", "faces,swap")
    both = Road(OUT).user_curation({"a.tar": "faces", "b.tar": "faces,swap", "c.tar": "faces"})
    assert [step.words[1:-4] for step in both] == [
        (str(OUT / "shards" / "a.tar"), str(OUT / "shards" / "c.tar")),
        (str(OUT / "shards" / "b.tar"),),
    ]


@pytest.mark.parametrize(("clips", "batch"), [(2, "2"), (3, "3"), (4, "4"), (900, "4")])
def test_a_batch_is_never_larger_than_the_clips(clips, batch):
    decoder, encoder = Road(OUT).training(clips)
    assert decoder.words[decoder.words.index("--batch-size") + 1] == batch
    assert encoder.words[encoder.words.index("--batch-size") + 1] == "2"


def test_each_input_has_a_folder_of_its_own(tmp_path):
    one, other = tmp_path / "x" / "shards", tmp_path / "y" / "shards"
    one.mkdir(parents=True), other.mkdir(parents=True)
    out = tmp_path / "out"
    assert Road.of(out, None).out == out and Road.of(out, one).out == out / "yours" / "shards"
    assert Road.of(out, one).out == out / "yours" / "shards"  # and again
    with pytest.raises(UsageError, match=r"holds the demo of another input .*DEMO_OUT"):
        Road.of(out, other)


def test_an_input_that_is_not_there_or_that_holds_the_output_is_refused(tmp_path):
    with pytest.raises(UsageError, match="none: no such file or folder"):
        Road.of(tmp_path / "out", tmp_path / "none")
    with pytest.raises(UsageError, match="lies inside of the input"):
        Road.of(tmp_path / "demo", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("no folder")
    for out in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/demo")):
        with pytest.raises(StorageError, match=r"name a folder that can be written with --out \(make demo DEMO_OUT"):
            Road.of(out, None)


def test_a_step_that_fails_says_which_command_it_was(tmp_path, capfd):
    step = Step("inspect", "nothing", ("inspect", str(tmp_path / "no such.tar")))
    with pytest.raises(FaceshardsError, match=r"`faceshards inspect '.*no such\.tar'` ended with exit code"):
        step.run()
    assert "no such.tar" in capfd.readouterr().err


def test_a_step_tells_its_seconds(capfd):
    assert 0 < Step("help", "the words", ("--help",)).run() < 60
