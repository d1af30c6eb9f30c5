"""The page as it is written, and in a real browser: what it shows adds up, and nothing that came from data runs."""

import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from faceshards.viewer.report.cards import Card, Image, PageVideo, Score, Tile
from faceshards.viewer.report.faces import ShownFace
from faceshards.viewer.report.page import MOST, Drawn, LostClip, Page, StageTime, Stat, render
from faceshards.viewer.report.report import write_report
from faceshards.viewer.summary.failures import RecordedFailure
from faceshards.viewer.summary.funnel import Funnel, FunnelStep, Loss
from faceshards.viewer.summary.histogram import Spread
from faceshards.viewer.summary.totals import total

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SCRIPT = "<script>document.title='owned'</script>"


class Table(HTMLParser):
    """The cells of the funnel, a list a row; the tags and the text of the whole page."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.tags, self.text, self.inside, self.cell = [], [], [], False, ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        classes = (dict(attrs).get("class") or "").split()
        if tag == "table":
            self.inside = "funnel" in classes
        if self.inside and tag == "tr":
            self.rows.append({})
        if self.inside and tag in ("td", "th"):
            self.cell = classes[-1] if classes else ""

    def handle_endtag(self, tag):
        if tag in ("td", "th", "table"):
            self.cell = ""

    def handle_data(self, data):
        self.text.append(data)
        if self.cell and self.rows:
            self.rows[-1][self.cell] = self.rows[-1].get(self.cell, "") + data


@pytest.fixture(scope="module")
def shown(dataset, tmp_path_factory):
    """The document as the browser has it after loading the page."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed (Debian: apt-get install chromium)")
    folder = tmp_path_factory.mktemp("browser")
    write_report([dataset], folder / "report.html", "The page")
    quiet = "--disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
    words = [browser, "--headless", "--no-sandbox", "--disable-gpu", *quiet.split(), f"--user-data-dir={folder / 'me'}"]
    url = (folder / "report.html").as_uri()
    done = subprocess.run([*words, "--dump-dom", url], capture_output=True, timeout=120, check=True)
    return Table(done.stdout.decode("utf-8"))


def test_the_funnel_that_is_shown_adds_up(shown):
    steps = [row for row in shown.rows if "entered" in row]
    assert len(steps) == 7
    left = None
    for row in steps:
        entered, met, lost, after = (int(row[name]) for name in ("entered", "met", "lost", "left"))
        assert lost <= met <= entered
        assert entered == lost + after and left in (None, entered)
        assert lost == sum(map(int, re.findall(r"(\d+) [a-z]", row.get("whys", ""))))
        left = after
    text = re.sub(r"\s+", " ", "".join(shown.text))
    seen, packed, rejected = map(int, re.search(r"(\d+) clips in = (\d+) packed \+ (\d+) rejected", text).groups())
    again, whole, failed = map(int, re.search(r"(\d+) packed = (\d+) whole \+ (\d+) failed", text).groups())
    assert (seen, packed, rejected, whole, failed) == (10, 6, 4, 4, 2)
    assert seen == packed + rejected == int(steps[0]["entered"]) and packed == again == whole + failed and whole == left


def test_hostile_names_are_inert(shown):
    assert "".join(shown.text).count(SCRIPT) >= 3
    titles = "".join(shown.text)
    assert "owned" not in titles.replace(SCRIPT, "").replace("<img src=x onerror=document.title='owned'>", "")
    assert not [tag for tag, _ in shown.tags if tag == "script"]
    assert not [attrs for tag, attrs in shown.tags if tag == "img" and not attrs["src"].startswith("data:image/")]
    assert not [attrs for _, attrs in shown.tags if any(name.startswith("on") for name in attrs)]


def test_the_page_keeps_its_title_and_pictures(shown):
    assert "The page" in shown.text
    assert len([1 for tag, _ in shown.tags if tag == "img"]) > 20


def page(**changes) -> Page:
    """A page of two clips, of which packing refused one; `changes` stand in place of nothing."""
    lists = "stats notes faces lost cards turned_away figures spreads constants columns scores times shards commands"
    nothing = dict.fromkeys(lists.split(), ())
    funnel = Funnel((FunnelStep("packed", 2, (Loss("bomb", 1),)), FunnelStep("faces", 1, ())))
    return Page(
        **{"title": "t", "lead": "l", "funnel": funnel, "selection": "s", "total": total([]), **nothing, **changes}
    )


def test_what_is_not_there_has_no_section_and_no_link_to_one():
    bare = Table(render(page()))
    links = [attrs["href"] for tag, attrs in bare.tags if tag == "a"]
    sections = ["#" + attrs["id"] for tag, attrs in bare.tags if tag == "section"]
    assert links == sections == ["#clips", "#funnel", "#columns", "#shards"]
    full = page(
        figures=(Drawn("f", "", image=Image("data:image/png;base64,", 1, 1, "a")),),
        times=(StageTime("faces", 1.0, 2, 1.0),),
        commands=(("pack", "pack it"),),
    )
    links = [attrs["href"] for tag, attrs in Table(render(full)).tags if tag == "a"]
    assert links == ["#clips", "#results", "#funnel", "#columns", "#time", "#shards", "#commands"]


def test_the_funnel_s_bars_are_its_shares():
    widths = re.findall(r'class="(kept|gone)" style="width:([\d.]+)%"', render(page()))
    assert widths == [("kept", "50.00"), ("gone", "50.00"), ("kept", "50.00"), ("gone", "0.00")]
    by = page(funnel=Funnel((FunnelStep("packed", 4, ()), FunnelStep("faces", 4, (Loss("no-face", 1),), (), 2))))
    widths = re.findall(r'class="(kept|passed|gone)" style="width:([\d.]+)%"', render(by))
    assert widths[2:] == [("kept", "25.00"), ("passed", "50.00"), ("gone", "25.00")]
    assert re.findall(r'data-label="(?:in|met|lost|left)">(\d)', render(by)) == list("44044213")
    nobody = page(funnel=Funnel((FunnelStep("packed", 0, ()),)))
    assert re.findall(r'style="width:([\d.]+)%"', render(nobody)) == ["0.00", "0.00"]


def test_every_text_is_escaped_wherever_it_stands():
    bad = "<img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}"
    failure = RecordedFailure(bad, bad, bad, bad, bad)
    image = Image("data:image/png;base64,AA==", 1, 1, bad)
    tile = Tile(bad, image, (image,), failure, bad, note=bad)
    plays = replace(tile, video=PageVideo("data:video/mp4;base64,AA==", True))
    missing = Tile(bad, None, (), failure, bad)
    lost = LostClip(bad, bad, bad, bad)
    everywhere = page(
        title=bad,
        lead=bad,
        selection=bad,
        stats=(Stat(bad, bad),),
        notes=(bad,),
        faces=(ShownFace(image, bad),),
        constants=(Spread.of(bad, bad, np.ones(2)),),
        funnel=Funnel((FunnelStep(bad, 2, (Loss(bad, 1),), (bad,)),)),
        lost=(lost,),
        turned_away=(lost,),
        cards=(Card(bad, (bad,), failure, (tile, plays, missing), (tile,), (missing,), (missing,), missing, ()),),
        figures=(Drawn(bad, bad, image=image),),
        times=(StageTime(bad, 1.0, 0, 1.0),),
        commands=((bad, bad),),
    )
    shown = Table(render(everywhere))
    pictures = [attrs for tag, attrs in shown.tags if tag == "img"]
    assert {attrs["src"] for attrs in pictures} == {image.uri} and {attrs["alt"] for attrs in pictures} == {bad}
    assert not [attrs for _, attrs in shown.tags if any(name.startswith("on") for name in attrs)]
    assert "".join(shown.text).count(bad) >= 20 and "49" not in "".join(shown.text)


def test_no_control_character_of_a_text_is_in_the_page():
    html = render(page(title="a\x1b[2J", notes=("b\x07\u202e\nc",), commands=(("d\x00", "e\x9b"),)))
    assert {one for one in html if not one.isprintable()} == {"\n"} and "a\N{REPLACEMENT CHARACTER}[2J" in html


def test_scores_beyond_the_most_are_folded_and_none_is_left_out():
    scores = tuple(Score(f"score_{number}", str(number), "") for number in range(MOST["scores"] + 4))
    none = Tile("none", None)
    html = render(page(cards=(Card("a", (), None, (), (), (), (), none, scores),)))
    shown, folded = html[: html.index("4 more scores")], html[html.index("4 more scores") :]
    assert shown.count("<dt>score_") == MOST["scores"] and folded.count("<dt>score_") == 4


def test_rows_beyond_the_most_are_counted():
    lost = tuple(LostClip(f"clip {number}", "packed", "bomb", "") for number in range(MOST["rows"] + 7))
    html = render(page(lost=lost))
    assert "clip 99<" in html and "clip 100<" not in html and "and 7 more" in html
    assert "more: <code>" not in render(page(lost=lost[: MOST["rows"]]))
