"""The stand-in of the Hub in a process of its own, and huggingface_hub led to it."""

import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.packing.hub import stand_in


@pytest.fixture(scope="session")
def server():
    pytest.importorskip("huggingface_hub", reason="the Hub needs the extra hub")
    script = Path(stand_in.__file__)
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()


class StandIn:
    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> bytes:
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {stand_in.TOKEN}"})
        with urllib.request.urlopen(request) as answer:
            return answer.read()


@pytest.fixture
def hub(server, tmp_path, monkeypatch):
    """The stand-in, reached without xet, which it does not speak, with a cache of this test's own."""
    from huggingface_hub import constants

    monkeypatch.setenv("HF_ENDPOINT", server)
    monkeypatch.setenv("HF_TOKEN", stand_in.TOKEN)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return StandIn(server)
