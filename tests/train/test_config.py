"""`--config`: a file's options are defaults, the command line wins, and what is no option is refused in one line."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer

from faceshards.errors import UsageError
from faceshards.parser import parser_of
from faceshards.train.config import kept, presets, write_config
from faceshards.train.fit import TASKS
from faceshards.train.options import TrainingOptions, command_of

given = []


@dataclass(frozen=True, kw_only=True)
class Toy(TrainingOptions):
    """Train a toy."""

    depth: Annotated[int, typer.Option(min=1, help="Layers of the toy.")] = 3
    pair: Annotated[tuple[float, float], typer.Option(help="Two numbers.")] = (0.9, 0.999)

    def task(self, faces): ...

    def view(self): ...

    def train(self):
        given.append(self)


def run(*words):
    app = typer.Typer()
    app.command("toy")(command_of(Toy))
    app.command("other")(command_of(Toy))
    parser_of(app).main(args=["toy", *map(str, words)], prog_name="train", standalone_mode=False)
    return given.pop()


def test_a_file_says_what_the_command_line_does_not(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('data = "a.tar"\nout = "runs"\nbatch-size = 8\nlr = 0.5\ndepth = 7\npair = [0.5, 0.9]\n')
    options = run("--config", file, "--lr", "0.25")
    assert options == Toy(
        data=["a.tar"], out=Path("runs"), config=str(file), batch_size=8, lr=0.25, depth=7, pair=(0.5, 0.9)
    )
    file.write_text('data = ["a.tar", "b.tar"]\nbatch_size = 8\nval-data = "held.tar"\njson = true\n')
    options = run("--out", "elsewhere", "--config", file)
    assert (options.data, options.batch_size, options.as_json) == (["a.tar", "b.tar"], 8, True)
    assert options.val_data == ["held.tar"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("batch-sice = 8", "no option 'batch-sice': did you mean batch-size?"),
        ("xyzzy = 8", "no option 'xyzzy': `--help` lists them"),
        ('config = "other.toml"', "no option 'config'"),
        ("[training]\nlr = 1", r"\[training\] is a table"),
        ("lr = ", "it is no TOML file"),
        ('task = "other"', r"is for other: say faceshards train other --config .*"),
    ],
)
def test_what_is_no_option_is_refused_by_name(tmp_path, text, said):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(UsageError, match=said) as error:
        run("--config", tmp_path / "mine.toml", "--data", "a", "--out", "b")
    assert "\n" not in str(error.value)


def test_a_value_beyond_its_limits_is_refused_as_on_the_command_line(tmp_path):
    (tmp_path / "mine.toml").write_text("depth = 0")
    with pytest.raises(typer.BadParameter) as error:
        run("--config", tmp_path / "mine.toml", "--data", "a", "--out", "b")
    assert "--depth" in error.value.format_message()


def test_a_file_that_is_not_there_names_the_presets(tmp_path):
    with pytest.raises(UsageError, match=r"no such file, and no preset: the presets are .*speech-to-face"):
        run("--config", "absent.toml", "--data", "a", "--out", "b")
    with pytest.raises(UsageError, match="Is a directory"):
        run("--config", tmp_path, "--data", "a", "--out", "b")


@pytest.mark.parametrize("name", presets())
def test_every_preset_fits_the_command_that_it_names(name, monkeypatch):
    table = tomllib.loads(presets()[name].read_text())
    kind = TASKS[table.pop("task")]
    monkeypatch.setattr(kind, "train", lambda options: given.append(options))
    app = typer.Typer()
    app.command("before")(lambda: None)
    app.command(task := tomllib.loads(presets()[name].read_text())["task"])(command_of(kind))
    words = [task, "--config", name, "--data", "a", "--out", "b"]
    parser_of(app).main(args=words, prog_name="train", standalone_mode=False)
    options = given.pop()
    for option, value in table.items():
        got = getattr(options, option.replace("-", "_"))
        assert (list(got) if isinstance(got, tuple) else got) == value


def test_the_file_of_a_run_repeats_it_and_holds_no_password(tmp_path):
    options = Toy(data=["s3://key:secret@bucket/x", 'a "b"'], out=tmp_path, resume=True, depth=4, config="small")
    write_config(tmp_path, kept("toy", vars(options)))
    text = (tmp_path / "config.toml").read_text()
    assert "secret" not in text and "resume" not in text and "small" not in text
    again = run("--config", tmp_path / "config.toml")
    assert (again.depth, again.out, again.pair, again.data[1]) == (4, tmp_path, (0.9, 0.999), 'a "b"')
