"""The pages as a site: each page in its list, the public packages behind it, nothing that comes from elsewhere."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("curation", "dataset", "infer", "loaders", "media", "models", "packing", "shards", "train")


def listed(entries):
    """The files of a list of pages, whatever their titles."""
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from listed(value) if isinstance(value, list) else [value]


def test_every_page_is_in_the_list_once():
    pages = list(listed(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]))
    written = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert sorted(pages) == sorted(written)


def test_a_drawing_shows_on_light_and_on_dark_and_fetches_nothing():
    drawings = sorted((ROOT / "docs" / "drawings").glob("*.svg"))
    how = (ROOT / "docs" / "how.md").read_text("utf-8")
    assert drawings and all(f"(drawings/{one.name})" in how for one in drawings)
    for one in drawings:
        text = one.read_text("utf-8")
        assert "prefers-color-scheme: dark" in text and "<title>" in text
        assert set(re.findall(r"https?://[^\"' )]+", text)) <= {"http://www.w3.org/2000/svg"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocstrings_handlers.python", reason="the site needs pip install 'faceshards[docs]'")
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", folder]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.slow  # make check builds it each time
def test_what_packages_offer_is_in_the_site_with_its_docstring(site):
    for package in PACKAGES:
        module = importlib.import_module(f"faceshards.{package}")
        page = (site / "api" / package / "index.html").read_text("utf-8")
        for name in module.__all__:
            if getattr(module, name).__doc__ and not name.isupper():
                assert f'id="faceshards.{package}.{name}"' in page, f"{package}.{name}"


@pytest.mark.slow
def test_a_page_fetches_nothing_from_elsewhere(site):
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        loads = re.findall(r"<(?:script|img|iframe|source|video)[^>]+src=\"([^\"]+)", text)
        loads += re.findall(r"<link[^>]+rel=\"(?:stylesheet|preconnect|icon)\"[^>]+href=\"([^\"]+)", text)
        assert not [one for one in loads if re.match(r"(?:https?:)?//", one)], page
