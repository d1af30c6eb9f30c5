import subprocess
import sys

import pytest

from faceshards import __version__
from faceshards.__main__ import COMMANDS


def run(*words):
    return subprocess.run([sys.executable, "-m", "faceshards", *words], capture_output=True, text=True, check=False)


def test_the_list_names_every_command_and_imports_none():
    done = run()
    assert done.returncode == 0 and all(name in done.stdout for name in COMMANDS)
    code = "import sys, faceshards.__main__ as m; m.main([]); print({'av', 'torch', 'ray', 'cv2'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.endswith("set()\n")


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_teaches(command):
    done = run(command, "--help")
    assert done.returncode == 0 and "Usage" in done.stdout and "Traceback" not in done.stderr


def test_an_unknown_command_is_one_line():
    done = run("nope")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "no command 'nope'" in done.stderr


def test_version():
    assert run("--version").stdout == f"faceshards {__version__}\n"
