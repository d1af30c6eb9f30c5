"""Makes docs/view.gif, the README's moving picture of `faceshards view`: python docs/moving_picture.py SHARDS.

The demo's shards do, whose portraits are in the public domain. It takes Chromium, and the package `playwright`.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

OUT = Path(__file__).parent / "view.gif"
#: The window in pixels, the width of the picture, and how long each of its pictures is shown, in ms.
WINDOW, WIDTH, SHOWN = (1280, 800), 720, 150
#: Colours of a picture.
COLOURS = 96
#: Pictures of the grid, and of the clip that is played.
GRID, PLAYED = 5, 14


def pictures(page: Page, url: str) -> Iterator[Image.Image]:
    """The grid as its clips move, then the clip that is chosen by keyboard, played with what was found in it."""
    page.goto(url)
    page.wait_for_timeout(3000)
    for _ in range(GRID):
        yield shot(page)
        page.wait_for_timeout(SHOWN)
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.wait_for_timeout(4000)
    page.keyboard.press("Space")
    for _ in range(PLAYED):
        yield shot(page)
        page.wait_for_timeout(SHOWN)


def shot(page: Page) -> Image.Image:
    """What the window shows."""
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def main(shards: str) -> None:
    """Serves the shards, looks at them and writes the picture."""
    words = [sys.executable, "-m", "faceshards", "view", shards, "--no-open", "--read-only", "--json"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["url"]
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport=dict(zip(("width", "height"), WINDOW, strict=True)))  # type: ignore[arg-type]
            found = list(pictures(page, url))
            browser.close()
    finally:
        server.terminate()
        server.wait()
    size = WIDTH, round(WIDTH * WINDOW[1] / WINDOW[0])
    small = [one.resize(size, Image.Resampling.LANCZOS) for one in found]
    # Each has colours of its own; without dither what stands still is the same in all, and costs nothing.
    drawn = [one.quantize(COLOURS, dither=Image.Dither.NONE) for one in small]
    drawn[0].save(OUT, save_all=True, append_images=drawn[1:], duration=SHOWN, loop=0)


if __name__ == "__main__":
    main(sys.argv[1])
