"""One clip: how soon its first picture is there, any other, and how close what is drawn on them follows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from faceshards.bench.figure import Figure
from faceshards.bench.viewer.looking import chromium, viewer
from faceshards.bench.viewer.made import make_clip
from faceshards.bench.viewer.scale import ViewerScale

#: A picture is there: exact, or of the player.
_SHOWN = """() => {
  const clip = document.querySelector('.clip-view')?.parts;
  return clip && (!clip.panes[0].still.hidden || clip.panes[0].video.readyState >= 2);
}"""
#: Milliseconds until a picture is shown, and the bytes that were read for it.
_SEEK = """async frame => {
  const { player, panes } = document.querySelector('.clip-view').parts;
  const [begun, read] = [performance.now(), panes[0].scrubber.read];
  await player.seek(frame);
  return [performance.now() - begun, panes[0].scrubber.read - read];
}"""
#: While it plays: of each picture that is shown, how many pictures off what is drawn on it is, a screen frame later.
_LAGS = """pictures => new Promise((resolve) => {
  const { player, panes, layers, clock } = document.querySelector('.clip-view').parts;
  const [video, lags, draw] = [panes[0].video, [], layers.draw.bind(layers)];
  let drawn = 0;
  layers.draw = (frame) => { drawn = frame; return draw(frame); };
  const seen = (now, { mediaTime }) => {
    const shown = clock.nearest(mediaTime - panes[0].offset);
    requestAnimationFrame(() => lags.push(Math.abs(drawn - shown)));
    if (lags.length < pictures && !video.ended) video.requestVideoFrameCallback(seen);
    else { player.pause(player.frame); resolve(lags); }
  };
  setTimeout(() => resolve(lags), 30000);
  video.requestVideoFrameCallback(seen);
  player.play();
})"""


def measure(scale: ViewerScale, work: Path) -> Iterator[Figure]:
    """Figures of a clip of `scale.pictures` pictures of 512 x 512."""
    group = make_clip(work / "clip.tar", scale.pictures)
    with viewer(work / "clip.tar") as shown, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(shown.url)
        firsts = []
        for number in range(scale.runs):
            begin = time.perf_counter()
            page.goto(f"{shown.url}?{number}#clip/0")
            _until(page, _SHOWN)
            firsts.append(time.perf_counter() - begin)
        yield Figure(
            "from a clip's address to its first picture", 1000 * median(firsts), "ms", None, 1000 * min(firsts)
        )
        rng = np.random.default_rng(0)
        seeks = [page.evaluate(_SEEK, int(frame)) for frame in rng.integers(25, scale.pictures, scale.seeks)]
        times = [milliseconds for milliseconds, read in seeks if read]
        yield Figure("seek to a random picture whose group is not held", median(times), "ms", ("<=", 150), min(times))
        share = median(read for _, read in seeks if read) / group
        yield Figure("bytes of such a seek", share, "x its group's", ("<=", 1.2))
        lags = page.evaluate(_LAGS, min(100, scale.pictures // 2))
        yield Figure(
            "what is drawn behind the picture, at most", float(max(lags)), "pictures", ("<=", 1), float(median(lags))
        )


def _until(page: object, condition: str) -> None:
    """Waits for a condition of the page, whose policy lets no text be evaluated that asks again and again."""
    for _ in range(2000):
        if page.evaluate(condition):  # type: ignore[attr-defined]
            return
        time.sleep(0.01)
    raise TimeoutError("no picture was shown within 20 seconds")
