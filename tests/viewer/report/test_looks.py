"""The page in a browser, measured: nothing leaves its place, clips play, nothing from data runs."""

import numpy as np
import pytest

from faceshards.media.picture import encode_png
from faceshards.viewer.report.page import render
from faceshards.viewer.report.report import write_report
from faceshards.viewer.summary.funnel import Funnel, FunnelStep, Loss
from tests.viewer.report.test_page import page

WIDTHS = (1400, 1160, 900, 640, 500, 360)
STAGES = ",".join(f"stage_number_{number}" for number in range(60))


@pytest.fixture
def window(browser):
    """A tab; what it was given and what its console says against the page is in `given` and `said`."""
    tab = browser.new_page()
    tab.given, tab.said = [], []
    tab.on("requestfinished", lambda one: tab.given.append(one.url))
    tab.on("console", lambda one: tab.said.append(one.text))
    tab.set_default_timeout(60_000)
    yield tab
    tab.close()


#: The right edge of the page, of the funnel's box, of its first column, of its numbers; how much the box would scroll.
PLACES = """() => {
  const right = (one) => one.getBoundingClientRect().right;
  const box = document.querySelector("table.funnel").closest(".scroll");
  return {page: document.documentElement.scrollWidth, box: right(box), hidden: box.scrollWidth - box.clientWidth,
    name: Math.max(...[...box.querySelectorAll("tbody .name")].map((one) => one.getBoundingClientRect().width)),
    command: Math.max(...[...box.querySelectorAll(".cmd")].map(right)),
    column: Math.max(...[...box.querySelectorAll("tbody .name")].map(right)),
    numbers: [...box.querySelectorAll("tbody td.num")].map(right)};
}"""


@pytest.mark.parametrize("width", WIDTHS)
def test_a_long_list_of_stages_leaves_the_funnel_s_counts_in_sight(window, tmp_path, width):
    steps = (
        FunnelStep("packed", 20_000, (Loss("broken-image", 400),), (f"faceshards pack {'x' * 200}.zip",)),
        FunnelStep("faces", 19_600, (Loss("no-face", 1600),), (f"faceshards curate set --stages {STAGES}",), 3),
    )
    (tmp_path / "page.html").write_text(render(page(funnel=Funnel(steps))))
    window.set_viewport_size({"width": width, "height": 900})
    window.goto((tmp_path / "page.html").as_uri())
    at = window.evaluate(PLACES)
    assert at["page"] <= width, "the page scrolls sideways"
    assert at["hidden"] <= 0 and len(at["numbers"]) == 8, "a part of the funnel is out of sight"
    assert max(at["numbers"]) <= at["box"] <= width and at["command"] <= at["column"] <= at["box"]
    assert width < 700 or at["name"] < 0.5 * at["box"], "the first column takes the others' room"


@pytest.mark.parametrize("width", WIDTHS)
def test_no_width_makes_the_page_scroll_sideways(window, dataset, tmp_path, width):
    write_report([dataset], tmp_path / "r.html", clips=3, checksums=False)
    window.set_viewport_size({"width": width, "height": 900})
    window.goto((tmp_path / "r.html").as_uri())
    assert window.evaluate("document.documentElement.scrollWidth") <= width


def test_clips_play_with_their_sound_and_nothing_is_fetched(window, dataset, tmp_path):
    write_report([dataset], tmp_path / "r.html", "The page", checksums=False)
    window.goto((tmp_path / "r.html").as_uri())
    played = window.evaluate("""async () => {
      const all = [...document.querySelectorAll("video")];
      await Promise.all(all.map((one) => one.readyState || new Promise((done) => one.onloadedmetadata = done)));
      const first = all[0];
      await first.play();
      await new Promise((done) => first.onended = done);
      return {at: first.currentTime, all: all.map((one) =>
        [one.videoWidth, one.controls, one.muted, one.loop, one.poster.slice(0, 11), one.duration, one.error])};
    }""")
    assert played["at"] == pytest.approx(12 / 25, abs=0.1)
    assert len(played["all"]) == 6 + 4 + 5  # clips, and the twins that stages made of them
    for width, controls, muted, loop, poster, duration, error in played["all"]:
        assert (width, controls, poster, error) == (64, True, "data:image/", None) and muted == loop
        assert duration == pytest.approx(12 / 25, abs=0.1)
    assert [muted for _, _, muted, *_ in played["all"]].count(False) == 5  # all clips but the silent one
    assert {one for one in window.given if not one.startswith("data:")} == {(tmp_path / "r.html").as_uri()}
    assert window.said == []
    assert window.title() == "The page" and window.evaluate("document.scripts.length") == 0


def test_the_policy_of_the_page_keeps_all_else_out(window, dataset, tmp_path):
    """What hostile markup would do, if it got through: media and pictures of elsewhere, scripts, frames, styles."""
    write_report([dataset], tmp_path / "r.html", "The page", clips=1, checksums=False)
    (tmp_path / "away.png").write_bytes(encode_png(np.zeros((8, 8, 3), np.uint8)))
    there = (tmp_path / "away.png").as_uri()
    planted = f"""<video src="{there}"></video><audio src="{there}"></audio><img src="{there}"><iframe src="{there}">
    </iframe><link rel="stylesheet" href="{there}"><script>document.title = "owned"</script>
    <img src="data:," onerror="document.title = 'owned'"><object data="{there}"></object>"""
    html = (tmp_path / "r.html").read_text("utf-8")
    (tmp_path / "r.html").write_text(html.replace("</main>", planted + "</main>"))
    window.goto((tmp_path / "r.html").as_uri())
    assert window.title() == "The page"
    refused = " ".join(window.said)
    for rule in ("media-src", "img-src", "default-src"):
        assert rule in refused, window.said
    assert there not in window.given
    (tmp_path / "r.html").write_text(f'<title>free</title><img src="{there}">')
    window.goto((tmp_path / "r.html").as_uri())
    assert there in window.given, "without a policy it is given: this test sees what it says"
