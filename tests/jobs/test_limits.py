import os
import subprocess
import sys
import time

import pytest

from faceshards.jobs import limits

HEAD = """
import sys, time, ctypes
from faceshards.jobs import limits
limits.GRACE = 0.7
def expired():
    print("expired", flush=True)
    return "clip a: swap took too long"
"""


def run(body: str) -> tuple[subprocess.CompletedProcess, float]:
    begin = time.monotonic()
    env = {**os.environ, "PYTHONPATH": "."}
    done = subprocess.run([sys.executable, "-c", HEAD + body], env=env, capture_output=True, text=True, timeout=30)
    return done, time.monotonic() - begin


def test_a_hang_ends_the_process_with_its_status_and_one_line():
    done, seconds = run("with limits.time_limit(0.3, expired): time.sleep(20)")
    assert done.returncode == limits.TIMED_OUT
    assert done.stdout == "expired\n"
    assert done.stderr == "clip a: swap took too long\n"
    assert seconds < 10


def test_native_code_that_keeps_the_lock_of_python_is_ended_by_the_kernel():
    # PyDLL calls do not give the lock up: no thread of Python can act while it sleeps.
    done, seconds = run("with limits.time_limit(0.3, expired): ctypes.PyDLL(None).sleep(20)")
    assert done.returncode == -14  # SIGALRM
    assert seconds < 10


def test_a_block_left_in_time_leaves_no_timer_behind():
    done, _ = run("with limits.time_limit(0.2, expired): pass\ntime.sleep(1.5)\nprint('alive')")
    assert (done.returncode, done.stdout) == (0, "alive\n")


def test_an_exception_leaves_the_block_and_no_timer():
    body = "try:\n    with limits.time_limit(0.2, expired): 1 / 0\nexcept ZeroDivisionError: pass\n"
    done, _ = run(body + "time.sleep(1.5)\nprint('alive')")
    assert (done.returncode, done.stdout) == (0, "alive\n")


@pytest.mark.parametrize("seconds", [None, 0])
def test_no_limit_starts_nothing(seconds):
    with limits.time_limit(seconds, lambda: pytest.fail("expired")):
        assert not [thread for thread in __import__("threading").enumerate() if thread.name == "time-limit"]
