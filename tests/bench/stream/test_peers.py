"""The peers' process: absent, dying, or answering."""

import sys
from pathlib import Path

import pytest

from faceshards.bench.stream import peers
from faceshards.errors import UsageError


def test_without_their_environment_the_remedy_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(peers, "PYTHON", tmp_path / "bin" / "python")
    with pytest.raises(UsageError, match=r"bin/python: the peers are not installed: run `make peers` first"):
        peers.Peers()


def test_a_process_that_dies_is_an_error_and_leaves_nothing_open(monkeypatch, tmp_path):
    """An environment without the libraries: the process ends before it answers."""
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S -I "$@"\n')
    bare.chmod(0o755)
    monkeypatch.setattr(peers, "PYTHON", Path(bare))
    with peers.Peers() as dead, pytest.raises((RuntimeError, BrokenPipeError)):
        dead.call("shuffled_webdataset", urls=[], buffer=1)
    assert dead._process.returncode is not None


@pytest.mark.peers
@pytest.mark.skipif(not peers.PYTHON.exists(), reason="`make peers` installs webdataset, LitData and decord")
def test_an_error_there_is_one_here_and_the_next_call_is_answered():
    with peers.Peers() as running:
        with pytest.raises(RuntimeError, match="frames_decord: "):
            running.call("frames_decord", paths=["/none.mp4"], frames=1, begins=[0])
        assert running.call("frames_decord", paths=[], frames=1, begins=[]) == []
