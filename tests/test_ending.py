"""How commands end: codes by one rule, one clean line, and no traceback on a screen."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from faceshards.__main__ import COMMANDS, Command, main
from faceshards.ending import CODES, UNEXPECTED, ending_of
from faceshards.errors import FaceshardsError, UsageError
from faceshards.shards.storage.remote import NoObject
from faceshards.shards.writer import ShardWriter

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "temporary").mkdir()

    def command(*words: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        return int(end.value.code or 0), capsys.readouterr().err

    return command


MISSING = [
    ("pack", "absent.zip"), ("pack", "absent.mp4"), ("curate", "absent.tar"), ("inspect", "absent.tar"),
    ("index", "absent"), ("legacy", "import", "absent.tar", "--out", "out"),
    ("legacy", "export", "absent.tar", "--out", "out", "--kind", "v1"),
    ("train", "voice-encoder", "--data", "absent", "--out", "out"),
    ("train", "voice-encoder", "--data", "absent", "--out", "out", "--face-encoder", "absent.pt"),
    ("infer", "speech-to-face", "--audio", "absent.wav", "--voice-encoder", "absent.pt", "--face-decoder", "x",
     "--out", "x.png"),
    ("weights", "add", "yolox_l", "absent.onnx"), ("demo", "--input", "absent"), ("nothing",),
]  # fmt: skip


@pytest.mark.parametrize("words", MISSING, ids=" ".join)
def test_what_is_not_there_is_exit_code_2(run, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, err = run(*words)
    assert code == 2 and err.count("\n") == 1 and ("absent" in err or "nothing" in err), err
    assert not (tmp_path / "out").exists()


def test_codes_are_told_by_the_help_and_the_docs():
    said = subprocess.run([sys.executable, "-m", "faceshards"], capture_output=True, text=True, cwd=ROOT).stdout
    page = (ROOT / "docs" / "reliability.md").read_text("utf-8").partition("## Exit codes")[2].partition("##")[0]
    for code, meaning in CODES.items():
        assert f"{code} " in said and f"| {code} | {meaning} |" in page
    assert {FaceshardsError.exit_code, UsageError.exit_code, NoObject.exit_code} == {1, 2}


def broken() -> None:
    """A command with a bug."""
    raise ZeroDivisionError("http://u:secret@h is\n\x1b[2J zero")


def test_an_unexpected_error_is_one_line_and_its_traceback_a_file(run, monkeypatch, tmp_path):
    monkeypatch.setitem(COMMANDS, "broken", Command("a_command", "broken", "", ""))
    monkeypatch.setitem(sys.modules, "a_command", SimpleNamespace(broken=broken))
    code, err = run("broken")
    (kept,) = (tmp_path / "temporary").iterdir()
    assert code == UNEXPECTED and err.count("\n") == 1 and "\x1b" not in err and "secret" not in err
    assert err.startswith("faceshards: unexpected ZeroDivisionError: http://***@h is") and str(kept) in err
    assert "Traceback (most recent call last)" in kept.read_text() and "secret" not in kept.read_text()


def test_where_no_file_can_be_made_the_line_stands_alone(run, monkeypatch):
    monkeypatch.setenv("TMPDIR", "/nowhere")
    monkeypatch.setattr("tempfile._get_default_tempdir", lambda: "/nowhere")
    ending = ending_of(ZeroDivisionError("x"), "faceshards x", "")
    assert ending.line == "unexpected ZeroDivisionError: x: please report it"


def test_a_disk_s_error_is_no_bug_of_ours():
    ending = ending_of(PermissionError(13, "Permission denied", "/a\x1bb"), "faceshards x", "")
    assert (ending.code, ending.line) == (1, "/a\x1bb: Permission denied: check its owner and mode")


def test_names_in_errors_cannot_command_the_terminal(run, tmp_path):
    name = "a\x1b]0;owned\x07\r\n\u202e[red].tar"
    (tmp_path / name).write_bytes(b"")
    for words in (("inspect", tmp_path / name, "--sample", "x"), ("index", f"{tmp_path / name}.absent")):
        code, err = run(*words)
        assert code and err.count("\n") == 1 and err.rstrip("\n").isprintable() and "[red]" in err, err


def piped(words, tmp_path, **how):
    """The end of a command in a process of its own, on a shard."""
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("k", {"json": {"fps": 25, "snr_db": 0.5}, "mp4": b"x"})
    env = {**os.environ, "PYTHONPATH": str(ROOT), **how.pop("env", {})}
    command = [sys.executable, "-m", "faceshards", *words, str(tmp_path / "a.tar")]
    return subprocess.run(command, stderr=subprocess.PIPE, env=env, check=False, **how)


@pytest.mark.parametrize("words", [("inspect",), ("stats", "--json")], ids=" ".join)
def test_an_output_without_room_is_no_error_of_ours(words, tmp_path):
    with open("/dev/full", "wb") as full:
        done = piped(words, tmp_path, stdout=full)
    last = done.stderr.decode().splitlines()[-1]
    assert done.returncode == 1 and last.startswith("faceshards: No space left on device: make room"), done


def test_what_a_terminal_has_no_letters_for_is_replaced(tmp_path):
    done = piped(("inspect",), tmp_path, stdout=subprocess.PIPE, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0 and b"health: 1 whole = 1 shards" in done.stdout, done


#: Commands as a user who may neither read nor write; as root first, so that all is imported.
DENIED = """
import os, sys
from faceshards.__main__ import main
from faceshards.train.loop import TrainingRun, train
COMMANDS = [["index", "good.tar"], ["inspect", "good.tar"], ["legacy", "import", "bad.tar", "--out", "out"]]
def run(words):
    try:
        main(words)
    except SystemExit as end:
        return end.code or 0
print([run(words) for words in COMMANDS[:2]])
os.setgid(65534); os.setuid(65534)
print([run([word.replace("good", "bad") for word in words]) for words in COMMANDS], file=sys.stderr)
try:
    train(None, [], TrainingRun(__import__("pathlib").Path("out/run"), 1))
except Exception as error:
    print(type(error).__name__, error, file=sys.stderr)
"""


def test_a_file_that_may_not_be_read_is_one_line(tmp_path):
    if os.getuid():
        pytest.skip("only root becomes another user")
    os.chmod(tmp_path, 0o755)
    with ShardWriter(tmp_path / "good.tar") as writer:
        writer.add("k", {"json": {}, "mp4": b"x"})
    (tmp_path / "bad.tar").write_bytes((tmp_path / "good.tar").read_bytes())
    os.chmod(tmp_path / "bad.tar", 0o000)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", DENIED], capture_output=True, text=True, cwd=tmp_path, env=env)
    *lines, codes, trained = done.stderr.splitlines()
    assert (codes, trained[:12]) == ("[1, 1, 1]", "StorageError") and "out/run: Permission denied" in trained, done
    assert len(lines) == 3 and all("bad.tar" in line or "out" in line for line in lines), lines
    assert all("ermission" in line and "repair" not in line for line in lines)
