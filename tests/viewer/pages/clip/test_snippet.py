import io
import tarfile

import pytest

from faceshards.loaders import Window
from faceshards.shards.reader import Shard
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.pages.clip.drawn_window import DrawnWindow
from faceshards.viewer.pages.clip.snippet import snippet


@pytest.fixture
def run(capsys):
    """run(program) -> what it prints."""

    def one(program):
        exec(compile(program, "snippet", "exec"), {})  # noqa: S102
        return capsys.readouterr().out

    return one


def test_it_loads_the_clip_as_it_stands(plain, run):
    said = run(snippet(plain))
    assert "__key__ plain" in said and "landmarks.npy (4, 478, 3)" in said


def test_with_a_window_it_loads_just_that(plain, run):
    window = Window(frames=5, size=(64, 48), sound=16000)
    program = snippet(plain, window, 4, 2) + 'print(sample["__frames__"].tolist())'
    said = run(program)
    assert "video (5, 48, 64, 3)" in said
    assert str(DrawnWindow.of(plain, window, 4, 2).numbers.tolist()) in said


def test_names_that_need_quoting_are_quoted(tmp_path, plain, run):
    """Of a tar that others made: a key of ours has no such letters."""
    tar, key = tmp_path / 'a "shard" \'s.tar', 'it\'s "one"'
    with tarfile.open(tar, "w") as file:
        for column in ("json", "mp4"):
            body = plain.shard.read(plain.row, column)
            member = tarfile.TarInfo(f"{key}.{column}")
            member.size = len(body)
            file.addfile(member, io.BytesIO(body))
    with Shard(tar) as opened:
        said = run(snippet(ShownSample.of(opened, 0)))
    assert f"__key__ {key}" in said and "json dict" in said
