import os
import subprocess
import sys

from faceshards.jobs.memory import machine_memory, oom_kills, resident


def test_what_a_process_holds_is_seen_from_outside():
    code = "held = bytearray(b'x' * (64 << 20)); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert 64 << 20 < resident(process.pid) < 256 << 20
        process.stdin.close()
    assert resident(process.pid) == 0


def test_a_process_holds_less_than_the_machine_has():
    assert 0 < resident(os.getpid()) < machine_memory()
    assert oom_kills() >= 0
