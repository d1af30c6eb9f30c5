"""A real server over shards, in a process of its own, and pages of the one Chromium."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass
class Viewing:
    """A running `faceshards view`: the address that it printed, ending in a slash, and its process."""

    url: str
    process: subprocess.Popen


def heed_interrupts() -> None:
    """A shell makes the commands that it starts in the background deaf to Ctrl-C, and these their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def begin(*words: object) -> Viewing:
    """Starts `faceshards view WORDS` on a free port; raises where it ends before it has an address."""
    command = [sys.executable, "-m", "faceshards", "view", *map(str, words), "--no-open", "--json"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_interrupts
    )
    told = process.stdout.readline()
    assert told, process.communicate()[1]
    return Viewing(json.loads(told)["url"], process)


def end(process: subprocess.Popen) -> None:
    """Ends a server, and lets go of its pipes."""
    process.kill()
    process.communicate()


@pytest.fixture
def viewing() -> Iterator[Callable[..., Viewing]]:
    """viewing(*words) -> a running server over the shards and with the options that the words name."""
    begun = []

    def start(*words: object) -> Viewing:
        begun.append(begin(*words))
        return begun[-1]

    yield start
    for one in begun:
        end(one.process)


@pytest.fixture(scope="session")
def served() -> Iterator[Callable[..., str]]:
    """served(*words) -> the address, ending in a slash, of a server that runs for the rest of the session; the same
    words get the same server.
    """
    begun: dict[tuple[str, ...], Viewing] = {}

    def start(*words: object) -> str:
        asked = tuple(map(str, words))
        if asked not in begun:
            begun[asked] = begin(*asked)
        return begun[asked].url

    yield start
    for one in begun.values():
        end(one.process)


@pytest.fixture
def page(browser) -> Iterator[Any]:
    """A fresh page, 1280 x 800; the test fails where a script raised, or the page's policy refused something."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    one = context.new_page()
    wrong: list[str] = []
    one.on("pageerror", lambda error: wrong.append(str(error)))
    one.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    one.set_default_timeout(20_000)
    yield one
    context.close()
    assert not wrong
