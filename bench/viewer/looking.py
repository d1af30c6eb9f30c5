"""A running viewer, and a Chromium that looks at it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from faceshards.errors import UsageError

#: Clips begin to play with their sound though nobody clicked.
_ARGUMENTS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]


@dataclass(frozen=True)
class Viewer:
    """Its address, its process, and the seconds from its start to the first answer."""

    url: str
    pid: int
    ready: float


@contextmanager
def viewer(shards: Path) -> Iterator[Viewer]:
    """`faceshards view SHARDS`, in a process of its own, which ends with the block."""
    words = [sys.executable, "-m", "faceshards", "view", str(shards), "--no-open", "--json"]
    begin = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            with urlopen(url) as answer:
                answer.read()
            yield Viewer(url, process.pid, time.perf_counter() - begin)
        finally:
            process.kill()


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser (Playwright's). Raises UsageError where there is none on this machine."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise UsageError("the viewer is measured in a browser: pip install 'faceshards[dev]'") from error
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise UsageError("the viewer is measured in a browser: install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def memory_of(pid: int) -> int:
    """Bytes of memory of a process, what it shares with others in proportion (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


def page_memory(browser: Any) -> int:
    """Bytes of memory of the browser's processes that draw pages, the largest of them."""
    session = browser.new_browser_cdp_session()
    told = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return max(memory_of(one["id"]) for one in told if one["type"] == "renderer")
