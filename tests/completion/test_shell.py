"""The scripts, in the shells that are here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from faceshards.completion.shell import SHELLS, install, lines

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path):
    """A home folder, with a `faceshards` in bin."""
    command = tmp_path / "bin" / "faceshards"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m faceshards "$@"\n')
    command.chmod(0o755)
    return tmp_path


def bash(home, *words):
    """What an interactive bash that reads its .bashrc offers for these words."""
    script = (
        "complete -p faceshards >/dev/null || exit 9\n"
        'COMP_WORDS=(faceshards "$@"); COMP_CWORD=$#; _faceshards_completion faceshards\n'
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    env = {**os.environ, "HOME": str(home), "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    line = ["bash", "--norc", "-c", f'. "$HOME/.bashrc"\n{script}', "bash", *words]
    return subprocess.run(line, env=env, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_bash_completes(home):
    file = install(SHELLS["bash"], home)
    assert file == home / ".bash_completions" / "faceshards.sh"
    assert bash(home, "insp") == ["inspect"]
    assert bash(home, "curate", "x y", "--stages", "faces,loud") == ["faces,loudness"]
    assert bash(home, "inspect", "x", "--out", "") == [""], "files are bash's own"


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_their_script(shell, home):
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} here: its script was not tried")
    file = install(SHELLS[shell], home)
    subprocess.run([shell, "-n", str(file)], check=True)


def test_installing_twice_is_installing_once(home):
    (home / ".bashrc").write_text("alias ll='ls -l'")
    for _ in range(2):
        install(SHELLS["bash"], home)
    assert (home / ".bashrc").read_text() == f"alias ll='ls -l'\n{SHELLS['bash'].line}\n"


def test_lines_carry_what_words_are_where_the_shell_shows_it():
    found = {"a:b": "what", "c": ""}
    assert lines("bash", found) == "a:b\nc\n"
    assert lines("zsh", found) == "a\\:b:what\nc\n" and lines("fish", found) == "a:b\twhat\nc\n"
