import os
import pty
import subprocess
import sys

CODE = """
import sys, time
from faceshards.jobs.progress import progress
with progress("curating", every=float(sys.argv[1])) as advance:
    for done in range(4):
        advance(1000 + done, 1003)
        time.sleep(0.1)
"""
ENV = {**os.environ, "PYTHONPATH": ".", "TERM": "xterm"}


def test_without_a_terminal_nothing_is_written_of_short_work():
    done = subprocess.run([sys.executable, "-c", CODE, "30"], env=ENV, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_in_a_notebook_which_asks_for_colours_there_is_no_bar():
    done = subprocess.run([sys.executable, "-c", CODE, "30"], env=ENV | {"FORCE_COLOR": "1"}, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_in_a_log_a_line_comes_now_and_then_and_what_was_done_before_is_no_pace():
    done = subprocess.run([sys.executable, "-c", CODE, "0"], env=ENV, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
    first, second, *_, last = done.stderr.splitlines()
    assert first == "curating: 1,000 of 1,003 clips"
    assert second.startswith("curating: 1,001 of 1,003 clips, ") and second.endswith(" s left")
    rate = float(last.partition("clips, ")[2].partition(" a second")[0])
    assert last.startswith("curating: 1,003 of 1,003 clips, ") and 0.5 < rate < 11


def test_on_a_terminal_there_is_a_bar_on_stderr_only():
    ours, theirs = pty.openpty()
    done = subprocess.run([sys.executable, "-c", CODE, "30"], env=ENV, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    seen = os.read(ours, 65536)
    os.close(ours)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"curating" in seen and b"/s" in seen
