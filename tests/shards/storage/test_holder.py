import os
import re

import pytest

from faceshards.shards.storage.holder import MOST, busy, sign


@pytest.mark.parametrize(
    ("words", "program"),
    [
        (["/x/faceshards/__main__.py", "curate", "secret"], "faceshards curate"),
        (["/usr/bin/faceshards", "pack"], "faceshards pack"),
        (["train.py", "--token", "secret"], "train.py"),
        (["-c"], "python"),
        ([], "python"),
    ],
)
def test_a_sign_names_the_command_and_the_process_and_no_argument(monkeypatch, words, program):
    monkeypatch.setattr("sys.argv", words)
    assert re.fullmatch(
        rf"{program}, process {os.getpid()} of \S+ on \S+, since 2\d{{3}}-\d\d-\d\d \d\d:\d\d:\d\d UTC", sign()
    )
    assert sign("curate").startswith("curate, process ")


def test_a_user_without_a_name_is_a_number(monkeypatch):
    def nobody():
        raise KeyError("uid")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert f" of user {os.getuid()} on " in sign()


def test_what_is_told_is_one_line_without_control_characters():
    said = str(busy("a.tar", b"x\x1b[2J\n\xff" + b"y" * 1000))
    assert said.startswith("a.tar: another process is writing it (x[2J\ufffdy") and said.isprintable()
    assert len(said) < MOST + 100
    assert str(busy("a.tar", b"")).startswith("a.tar: another process is writing it: wait for it to end")
