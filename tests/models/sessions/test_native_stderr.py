"""What is left of stderr, by real file descriptors in a process of its own."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from faceshards.models.sessions.litert import LiteRtSession
from faceshards.models.sessions.native_stderr import without_lines
from tests.curation.conftest import ROOT_ENV


def test_only_the_lines_that_begin_so_are_left_out(capfd):
    with without_lines(b"INFO: "):
        os.write(2, b"INFO: made a delegate\nWARNING: heard\nINFO: another\nand INFO: too\n")
    os.write(2, b"INFO: later\n")
    assert capfd.readouterr().err == "WARNING: heard\nand INFO: too\nINFO: later\n"


def test_an_error_in_the_block_loses_nothing(capfd):
    with pytest.raises(ValueError, match="no"), without_lines(b"INFO: "):
        os.write(2, b"heard\n")
        raise ValueError("no")
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "heard\nlater\n"


def test_without_room_for_a_file_all_is_heard(capfd, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", "/nowhere")
        with without_lines(b"INFO: "):
            os.write(2, b"INFO: heard\n")
    assert capfd.readouterr().err == "INFO: heard\n"


def test_without_a_stderr_the_block_runs():
    code = "import os; os.close(2)\nfrom faceshards.models.sessions.native_stderr import without_lines\n"
    code += "with without_lines(b'INFO: '): print('ran')"
    done = subprocess.run([sys.executable, "-c", code], env=ROOT_ENV, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "ran\n"


def test_a_network_that_is_loaded_says_nothing(real, capfd):
    pytest.importorskip("ai_edge_litert")
    from faceshards.models.weights.registry import find

    LiteRtSession(Path(find("face_landmark")))
    assert capfd.readouterr().err == ""
