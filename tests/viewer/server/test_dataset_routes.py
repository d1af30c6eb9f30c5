"""The page of the data set: every panel fills, the map is chosen from by mouse, each part may be asked by itself."""

import json
from urllib.parse import unquote_plus

import numpy as np
import pytest

from tests.dataset.conftest import Clips
from tests.viewer.server.ask import ask


@pytest.fixture(scope="module")
def persons(tmp_path_factory):
    """Two persons of six clips each, far apart along the first direction."""
    folder, rng = tmp_path_factory.mktemp("persons"), np.random.default_rng(3)
    centres = {"ann": np.eye(8)[0], "<img src=x onerror=document.title=1>": -np.eye(8)[0]}
    clips = {
        f"{number}-{at}": {"face": centre + rng.normal(0, 0.02, 8), "person": who, "collection": "GRID"}
        for at, (who, centre) in enumerate(centres.items())
        for number in range(6)
    }
    Clips().write(folder / "a.tar", clips)
    return folder


def test_each_part_by_itself(served, dataset):
    url = served(dataset)
    for path in ("figures", "making", "pairs", "shards", "health/0", "map"):
        answer = ask(url, f"api/dataset/{path}")
        assert answer.status == 200 and isinstance(json.loads(answer.body), dict), path
    assert json.loads(ask(url, "api/dataset/map").body) == {"columns": []}
    assert ask(url, "api/dataset/health/9").status == 400 and ask(url, "api/dataset/shards?first=x").status == 400
    assert ask(url, "api/count?sort=face_share&near=nan").status == 400


def test_the_page_fills_and_the_map_leads_to_its_clips(served, persons, page):
    from playwright.sync_api import expect

    url = served(persons, "--read-only")
    page.goto(f"{url}#dataset")
    page.wait_for_selector(".figure b")
    page.wait_for_selector(".legend a")
    expect(page.locator(".waiting")).to_have_count(0)
    assert page.locator(".panel .error").count() == 0 and page.title() == "faceshards"
    assert page.locator(".figures").inner_text().startswith("12")
    assert "12 clips in" in page.locator(".funnel").inner_text() and "GRID" in page.locator(".collections").inner_text()
    page.keyboard.press("?")
    expect(page.locator("dialog.keys")).to_contain_text("on the map")
    page.keyboard.press("Escape")
    page.click(".shards button")
    page.wait_for_selector(".shards td .good")

    canvas = page.locator(".map canvas").bounding_box()
    page.mouse.move(canvas["x"] + 2, canvas["y"] + 2)
    page.mouse.down()
    page.mouse.move(canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] - 2, steps=4)
    page.mouse.up()
    page.wait_for_url("**map_identity_x**")
    expect(page.locator("output.count")).to_have_text("6 of 12 clips")
    assert "map_identity_x BETWEEN" in unquote_plus(page.evaluate("location.hash"))

    page.go_back()
    page.click(".legend a >> nth=0")
    expect(page.locator("output.count")).to_have_text("6 of 12 clips")
    assert "person = '" in unquote_plus(page.evaluate("location.hash"))

    page.go_back()
    page.focus(".map canvas")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("output.count")).to_have_text("6 of 12 clips")
