"""Without the extras: a real interpreter in which their packages cannot be found, and what a user is told there."""

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from faceshards.extras import EXTRAS, install, missing
from faceshards.shards.writer import ShardWriter

ROOT = Path(__file__).resolve().parent.parent
#: The folders of installed packages are searched for all but these.
BARE = f"""
import sys
from importlib.machinery import PathFinder
class Bare(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in {sorted(EXTRAS)!r} else PathFinder.find_spec(name, path, target)
sys.meta_path = [Bare if one is PathFinder else one for one in sys.meta_path]
"""


def bare(code: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a program in an interpreter that has the core alone, as those that it starts."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "sitecustomize.py").write_text(BARE)  # every interpreter runs it first
        env = {**os.environ, "PYTHONPATH": folder}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120, env=env
        )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def shard(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("k", {"json": {"made": {}, "container": "mp4"}, "mp4": b"x"})
    return tmp_path / "a.tar"


def test_each_extra_is_one_of_the_package():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(EXTRAS.values()) <= set(extras)


def test_all_is_every_extra_that_a_user_may_need():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (whole,) = extras.pop("all")
    named = set(whole.removeprefix("faceshards[").removesuffix("]").split(","))
    apart = {"onnx-gpu", "rerun", "fiftyone", "fuzz", "release", "docs", "core-dev", "dev"}
    assert named == set(extras) - apart


#: Command lines of a JSON list, one after the other: code, stdout and stderr of each.
ONE_BY_ONE = """
import contextlib, io, json
from faceshards.__main__ import main
def run(words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(words)
        except SystemExit as end:
            code = end.code or 0
    return code, out.getvalue(), err.getvalue()
print(json.dumps([run(words) for words in json.loads({words!r})]))
"""


def test_the_extra_is_named_wherever_a_command_needs_one_and_the_core_works_without(shard, tmp_path):
    train = ("train", "voice-encoder", "--data", shard, "--out", tmp_path / "run")
    infer = ("infer", "speech-to-face", "--audio", shard, "--voice-encoder", shard, "--face-decoder", shard)
    wanted = {
        train: "torch",
        (*infer, "--out", tmp_path / "x.png"): "torch",
        ("bench", "shards", "--quick"): "torch",
        ("curate", shard, "--stages", "loudness"): "ray",
        # Its model files are looked for before anything else, and a package of this extra carries them.
        ("curate", shard, "--stages", "faces", "--set", "faces.backend=mtcnn", "--inline"): "faces",
        ("pack", tmp_path, "--out", "s3://bucket/x"): "s3",
        ("export", "rerun", shard, tmp_path / "recordings"): "rerun",
        ("stages",): "",
        ("inspect", shard): "",
        ("index", shard): "",
    }
    lines = json.dumps([[str(word) for word in words] for words in wanted])
    ended, told, said = bare(ONE_BY_ONE.format(words=lines))
    assert ended == 0, said
    for extra, (code, out, err) in zip(wanted.values(), json.loads(told), strict=True):
        if extra:
            assert code == 1 and install(extra) in out + err and err.count("\n") == 1, out + err
        else:
            assert (code, err) == (0, "")


def test_the_extra_is_named_where_a_program_needs_one():
    code = """
from faceshards.errors import MissingExtra
for module, name in (("loaders", "ShardDataset"), ("train", "TrainingRun"), ("infer", "SpeechToFace")):
    try:
        exec(f"from faceshards.{module} import {name}")
    except ImportError as error:
        assert isinstance(error, MissingExtra) and f"faceshards.{module}.{name} needs torch" in str(error), error
    else:
        raise SystemExit(f"{name} came without torch")
"""
    assert bare(code) == (0, "", "")


def test_an_import_that_failed_otherwise_is_no_extra():
    assert missing(ImportError("cannot import name 'x'", name="torch"), "x") is None
    with pytest.raises(ModuleNotFoundError) as caught:
        import_module("faceshards.nowhere")
    assert missing(caught.value, "x") is None
