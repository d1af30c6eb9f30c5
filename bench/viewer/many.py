"""A million clips: how soon they are there, filtered, scrolled past; what they take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from faceshards.bench.figure import Figure
from faceshards.bench.viewer.looking import chromium, memory_of, page_memory, viewer
from faceshards.bench.viewer.made import ROWS, make_rows
from faceshards.bench.viewer.scale import ViewerScale
from faceshards.bench.viewer.trace import CATEGORIES, busy_frames

#: Milliseconds from a filter in the address to the count that it leads to.
_FILTER = """where => new Promise((resolve) => {
  const count = document.querySelector("output.count");
  const before = performance.now();
  new MutationObserver((_, observer) => { observer.disconnect(); resolve(performance.now() - before); })
    .observe(count, { childList: true, subtree: true, characterData: true });
  location.hash = `#grid?where=${encodeURIComponent(where)}`;
})"""
#: Scrolls by a third of a line a frame, between two marks.
_SCROLL = """frames => new Promise((resolve) => {
  const cells = document.querySelector(".cells");
  let left = frames;
  performance.mark("scroll-begins");
  const step = () => {
    cells.scrollTop += 60;
    if (left--) requestAnimationFrame(step);
    else { performance.mark("scroll-ends"); resolve(); }
  };
  requestAnimationFrame(step);
})"""


def measure(scale: ViewerScale, work: Path) -> Iterator[Figure]:
    """Figures at `scale.shards` shards of `ROWS` rows."""
    folder, rows = work / "rows", f"{scale.shards * ROWS:,} rows"
    make_rows(folder, scale.shards)
    starts = []
    for number in range(scale.runs + 1):
        with viewer(folder) as begun:
            starts.append(begun.ready)
            if not number:
                yield Figure(
                    f"{rows} in {scale.shards:,} shards: from the command to the first answer, once", begun.ready, "s"
                )
    yield Figure(
        f"{rows}: from the command to the first answer, ever after", median(starts[1:]), "s", ("<=", 2), min(starts[1:])
    )
    with viewer(folder) as shown, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(shown.url)
        page.wait_for_selector("output.count b")
        filters = [page.evaluate(_FILTER, f"face_share > {0.3 + number / 97}") for number in range(scale.runs)]
        yield Figure(
            f"filter of {rows}: from the address to the count", median(filters), "ms", ("<=", 200), min(filters)
        )
        sql = [page.evaluate(_FILTER, f"face_share * snr_db > {number / 7}") for number in range(scale.runs)]
        yield Figure(f"filter of {rows} by an expression", median(sql), "ms", ("<=", 200), min(sql))
        page.goto(f"{shown.url}#grid")
        page.reload()
        page.wait_for_selector(".cells .line")
        busy = _scrolled(browser, page, scale.scrolled)
        yield Figure(
            "main thread, a scrolled frame, 95 of 100",
            float(np.percentile(busy, 95)),
            "ms",
            ("<=", 8),
            float(np.median(busy)),
        )
        yield Figure(f"memory of the server, {rows}", memory_of(shown.pid) / 1e6, "MB")
        yield Figure(f"memory of the page, {rows}", page_memory(browser) / 1e6, "MB")


def _scrolled(browser: Any, page: Any, frames: int) -> np.ndarray:
    """Milliseconds of the main thread in each frame, float64 (frames,)."""
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.evaluate(_SCROLL, frames)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    return busy_frames(events, "scroll-begins", "scroll-ends")
