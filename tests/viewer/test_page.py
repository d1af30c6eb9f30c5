"""The page in a real browser: what it shows adds up, and nothing that came from data runs."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from faceshards.viewer.report import write_report

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
        entered, lost, after = (int(row[name]) for name in ("entered", "lost", "left"))
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
