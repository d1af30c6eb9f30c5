"""Ctrl-C: one line that says what stands, exit code 130, within seconds, also on a store that never answers."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from faceshards.__main__ import COMMANDS
from faceshards.interrupt import PATIENCE, watched

ROOT = Path(__file__).resolve().parent.parent
#: Beyond the patience: what a busy machine may take to be at it.
SLACK = 10.0


def heed_interrupts():
    """A shell makes the commands that it starts in the background deaf to them, and these their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(*words, **environment):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.Popen([sys.executable, *words], env=env, preexec_fn=heed_interrupts, **pipes)


def interrupted(process):
    """Exit code, stderr and how long the end took."""
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    return process.returncode, err, time.monotonic() - begin


@pytest.fixture
def silent():
    """A store that takes every connection and never answers; `accept` waits until one is there."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(60)
        yield server


@pytest.mark.parametrize("words", [["inspect", "s3://bucket/a.tar"], ["pack", "clip.mp4", "--out", "s3://bucket/x"]])
def test_on_a_store_that_never_answers(silent, words, tmp_path):
    (tmp_path / "clip.mp4").write_bytes(b"x")
    words = [str(tmp_path / word) if word == "clip.mp4" else word for word in words]
    endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
    keys = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "r"}
    process = start("-m", "faceshards", *words, **keys)
    with silent.accept()[0] as client:
        assert client.recv(4) in (b"GET ", b"HEAD")
        code, err, seconds = interrupted(process)
    assert (code, err) == (130, f"faceshards: interrupted: {COMMANDS[words[0]].stands}\n")
    assert seconds < PATIENCE + SLACK, "obstore would ask for a minute"


def test_every_command_says_what_stands():
    assert all(command.stands and command.stands[0].islower() for command in COMMANDS.values())


CLEANS_UP = """
import sys, time
from types import SimpleNamespace
from faceshards.__main__ import COMMANDS, Command, main
def work():
    try:
        print("at work", flush=True)
        time.sleep(60)
    finally:
        {cleanup}
        print("cleaned up", flush=True)
sys.modules["work"] = SimpleNamespace(work=work)
COMMANDS["work"] = Command("work", "work", "", "what is done stands")
main(["work"])
"""


@pytest.mark.parametrize(("cleanup", "tidy"), [("pass", True), ("time.sleep(60)", False)])
def test_a_command_that_can_cleans_up_and_one_that_cannot_is_ended(cleanup, tidy):
    process = start("-c", CLEANS_UP.format(cleanup=cleanup))
    assert process.stdout.readline() == "at work\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "faceshards: interrupted: what is done stands\n")
    assert ("cleaned up" in out) is tidy


def test_what_is_not_interrupted_leaves_nothing_behind():
    before = signal.set_wakeup_fd(-1)
    with watched(130, "never said") as watch:
        assert watch is not None and not watch.said
    assert signal.set_wakeup_fd(before) == -1
