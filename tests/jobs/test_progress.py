import os
import pty
import subprocess
import sys

CODE = """
from faceshards.jobs.progress import progress
with progress("curating") as advance:
    for done in range(3):
        advance(done, 3)
"""
ENV = {**os.environ, "PYTHONPATH": ".", "TERM": "xterm"}


def test_without_a_terminal_nothing_is_written():
    done = subprocess.run([sys.executable, "-c", CODE], env=ENV, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_on_a_terminal_there_is_a_bar_on_stderr_only():
    ours, theirs = pty.openpty()
    done = subprocess.run([sys.executable, "-c", CODE], env=ENV, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    seen = os.read(ours, 65536)
    os.close(ours)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"curating" in seen
