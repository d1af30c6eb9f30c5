"""The application: the page, its files, and no other file; hostile shards; shards that change."""

import json
import os

import pytest

from faceshards.shards.writer import ShardWriter
from tests.viewer.server.ask import ask

SCRIPT = "<script>document.title='owned'</script>"
NAMES = [
    SCRIPT, "<img src=x onerror=\"document.title='owned'\">", "\x1b[2J\x1b]0;owned\x07 bell", "\u202egnp.exe",
    "a" * 100_000, "../../etc/passwd", "'; DROP TABLE rows; --", "null\x00byte",
]  # fmt: skip


def test_a_page_comes_up(served, dataset, page):
    page.goto(served(dataset))
    page.wait_for_selector("#head a")
    assert page.title() == "faceshards"
    for unknown in ("#nowhere", "#constructor/1"):
        page.goto(served(dataset) + unknown)
        page.wait_for_selector("main.grid .cells .card")


@pytest.mark.parametrize(
    "path",
    [
        "static/../../server/app.py", "static/%2e%2e/%2e%2e/server/app.py", "static/..%2f..%2fserver/app.py",
        "static//etc/passwd", "static/%2fetc%2fpasswd", "static/main.js%00.png", "static/", "static/..",
        "static\\..\\app.py",
        "../../../etc/passwd", "api/../../../etc/passwd", "media/-1/mp4", "media/1e9/mp4", "media/0x1/mp4",
        "media/99999999999999999999/mp4", "media/0/", "media//mp4", "playable/0/..%2f..%2fx.mp4", "packets/0/%2e%2e",
        "thumbnail/abc", "api/clip/0/../../x", "api/clip/" + "9" * 5000,
    ],
)  # fmt: skip
def test_nothing_outside_is_read(served, dataset, path):
    answer = ask(served(dataset), path)
    assert answer.status in (400, 403, 404), path
    assert b"root:" not in answer.body and b"import" not in answer.body
    assert set(json.loads(answer.body)) == {"error"} and b"Traceback" not in answer.body


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Rows whose names, numbers and media are none."""
    path = tmp_path_factory.mktemp("hostile") / f"{SCRIPT.replace('/', '')}.tar"
    wrong = [
        {"name": {"deep": [1, [2, [3]]]}, "frames": "many", "fps": ["a"], "width": -1, "duration": "NaN"},
        {"name": 7, "failures": "all", "container": "../../etc/passwd", "media": {"mp4": 3}, "made": [1]},
    ]
    with ShardWriter(path) as writer:
        for number, facts in enumerate([*({"name": name} for name in NAMES), *wrong]):
            writer.add(
                f"k{number}", {"json": facts, "mp4": f"<html>{SCRIPT}".encode() * 50, "evil.html": SCRIPT.encode()}
            )
    return path


def test_hostile_shards_reach_the_page_as_text(served, hostile, page):
    url = served(hostile)
    told = json.loads(ask(url, "api/dataset").body)
    assert told["rows"] == len(NAMES) + 2
    cards = ask(url, "api/cards?count=100")
    assert cards.status == 200 and len(cards.body) < 20_000 and cards.headers["content-type"] == "application/json"
    for row in range(len(NAMES) + 2):
        paths = ("api/clip/{}", "playable/{}/mp4", "api/playable/{}/mp4", "thumbnail/{}", "packets/{}/mp4")
        for path in (one.format(row) for one in paths):
            answer = ask(url, path)
            assert answer.status in (200, 400), (path, answer.body[:300])
            assert not answer.headers["content-type"].startswith("text/"), path
    for column in ("evil.html", "mp4"):
        assert "html" not in ask(url, f"media/0/{column}").headers["content-type"]
    for address in ("", *(f"#clip/{row}" for row in range(len(NAMES) + 2))):
        page.goto(f"{url}{address}")
        page.wait_for_selector("#page > *", state="attached")
    assert page.title() != "owned" and not page.query_selector_all("main script, main img[onerror]")


def shard(path, *names):
    with ShardWriter(path) as writer:
        for name in names:
            writer.add(name, {"json": {"name": name}, "mp4": name.encode() * 9})
    return path


def looked(url):
    """What a page that is opened anew finds: the shards, the clips' names."""
    assert ask(url).status == 200
    told = json.loads(ask(url, "api/dataset").body)
    cards = json.loads(ask(url, "api/cards?count=100").body)
    return told["shards"], [card["name"] for card in cards], [one["shard"] for one in told["broken"]]


def test_shards_that_come_go_break_and_are_replaced(viewing, tmp_path):
    shard(tmp_path / "a.tar", "one", "two")
    url = viewing(tmp_path).url
    assert looked(url) == (["a.tar"], ["one", "two"], [])
    etag = ask(url, "media/1/mp4").headers["etag"]
    shard(tmp_path / "new.tar", "other")
    os.replace(tmp_path / "new.tar", tmp_path / "a.tar")
    gone = ask(url, "media/0/mp4")
    assert gone.status == 400 and b"replaced by a shard of other samples: open the page again" in gone.body
    assert ask(url, "media/1/mp4").status == 400
    shard(tmp_path / "b.tar", "three")
    (tmp_path / "c.tar").write_bytes(b"no tar" * 500)
    assert looked(url) == (["a.tar", "b.tar"], ["other", "three"], [str(tmp_path / "c.tar")])
    again = ask(url, "media/0/mp4", range="bytes=0-3", if_range=etag)
    assert again.status == 200, "a part of the old one is not taken for a part of the new"
    for file in tmp_path.glob("[ab].tar"):
        file.unlink()
    assert looked(url)[0] == ["a.tar", "b.tar"], "what was there stays where none can be read"
    assert ask(url, "media/0/mp4").status in (200, 400)
