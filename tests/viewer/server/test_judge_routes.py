"""A judgement over HTTP: written before it is answered, of this page alone, and there after the server was killed."""

import csv
import io
import json
import signal
from urllib.parse import urlsplit

import pytest

from faceshards.dataset.judgements.journal import NAME, own_place
from faceshards.shards.filters.where import matching
from faceshards.shards.reader import Shard
from tests.viewer.server.ask import ask

HOSTILE = "=cmd|'/C calc'!A0 <script>document.title='owned'</script>\n\"; DROP"


@pytest.fixture
def folder(tmp_path, samples, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    (tmp_path / "set").mkdir()
    samples.write(tmp_path / "set" / "a.tar", [samples.whole(f"clip {number}", score=number) for number in range(4)])
    return tmp_path / "set"


def judge(url, sent, path="api/judge", **headers):
    """The answer to what a page of this origin sends."""
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    return ask(url, path, "POST", body, **{"content_type": "application/json", "origin": origin, **headers})


def told(url, path):
    return json.loads(ask(url, path).body)


def test_judged_saved_and_exported(viewing, folder):
    url = viewing(folder, "--by", "ada").url
    assert judge(url, {"row": 1, "verdict": "drop", "note": HOSTILE}).status == 200
    assert judge(url, {"row": 2, "verdict": "keep"}).status == 200
    assert told(url, "api/count?where=judgement+%3D+%27drop%27") == {"count": 1}
    state = told(url, "api/judgements?rows=1,3")
    assert [one["verdict"] for one in state["judgements"]] == ["drop", "none"] and state["unsaved"] == 2
    rows = list(csv.DictReader(io.StringIO(ask(url, "judgements.csv").body.decode(), newline="")))
    assert [(one["judgement"], one["judgement_note"]) for one in rows] == [("drop", f"'{HOSTILE}"), ("keep", "")]
    done = json.loads(judge(url, {}, "api/judgements/save").body)
    assert (done["written"], done["clips"], done["refused"], done["unsaved"]) == (1, 2, {}, 0)
    with Shard(folder / "a.tar") as shard:
        assert matching(shard.index, "judgement = 'drop' AND judged_by = 'ada'").tolist() == [1]
        assert shard.json(1)["judgement_note"] == HOSTILE
    assert told(url, "api/judgements?rows=1")["judgements"][0]["verdict"] == "drop", "the server reads on"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "no JSON"),
        (b"[" * 60_000, "no JSON"),
        (b"[1]", "no JSON object"),
        (b" " * 65_537, "more than 65536 bytes"),
        ({"row": "0", "verdict": "keep"}, "whole number"),
        ({"row": True, "verdict": "keep"}, "whole number"),
        ({"row": 99, "verdict": "keep"}, "no row"),
        ({"row": -1, "verdict": "keep"}, "no row"),
        ({"row": 10**30, "verdict": "keep"}, "no row"),
        ({"row": 0, "verdict": "maybe"}, "keep, drop, none"),
        ({"row": 0, "note": "x" * 2001}, "2001 characters"),
    ],
)
def test_what_is_no_judgement_is_refused(served, dataset, sent, said):
    answer = judge(served(dataset, "--read-only"), sent)
    assert answer.status == 400 and said in json.loads(answer.body)["error"]


def test_only_this_page_may_judge(served, dataset):
    url = served(dataset, "--read-only")
    keep = {"row": 0, "verdict": "keep"}
    assert judge(url, keep, origin="http://evil.example").status == 403
    assert judge(url, keep, host="evil.example").status == 403
    assert ask(url, "api/judge", "POST", b"{}", content_type="application/json").status == 403, "from no page"
    assert judge(url, keep, content_type="text/plain").status == 400, "as a form of another page would send it"
    assert judge(url, keep, sec_fetch_site="cross-site").status == 400
    assert judge(url, keep, "/api/judge").status == 403
    assert ask(url, "api/judge").status == 405
    assert ask(url, "api/judgements?rows=" + ",".join(["0"] * 501)).status == 400
    assert ask(url, "api/judgements?rows=x").status == 400


def test_read_only_keeps_out_of_the_shards_folder(viewing, folder):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    url = viewing(folder, "--read-only", "--by", "ada").url
    assert judge(url, {"row": 0, "verdict": "keep"}).status == 200
    answer = judge(url, {}, "api/judgements/save")
    assert answer.status == 400 and b"--read-only" in answer.body
    assert {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix != ".arrow"} == before
    assert own_place(folder).exists() and told(url, "api/judgements")["read_only"] is True


def test_two_servers_of_two_people_on_one_folder(viewing, folder):
    ada, ben = viewing(folder, "--by", "ada").url, viewing(folder, "--by", "ben").url
    judge(ada, {"row": 0, "verdict": "keep"})
    judge(ben, {"row": 0, "verdict": "drop"})
    assert told(ada, "api/judgements?rows=0")["judgements"][0] | {"at": ""} == {
        "row": 0, "verdict": "keep", "note": "", "by": "ada", "at": "",
        "others": [{"by": "ben", "verdict": "drop", "note": ""}],
    }  # fmt: skip


def test_a_key_that_comes_before_its_clip_waits_for_it(viewing, folder, page):
    from playwright.sync_api import expect

    held = []
    page.route("**/api/cards*", lambda route: held.append(route))  # Playwright marks it: a bound method has no room
    page.goto(viewing(folder, "--by", "ada").url)
    page.wait_for_selector(".card")
    page.focus(".cells")
    for key in ("ArrowRight", "k", "ArrowRight", "d"):
        page.keyboard.press(key)
    for route in held:
        route.continue_()
    expect(page.locator(".card").nth(0).locator(".verdict.keep")).to_have_count(1)
    expect(page.locator(".card").nth(1).locator(".verdict.drop")).to_have_count(1)


def test_by_keyboard_killed_begun_again_saved_and_found(viewing, folder, page):
    from playwright.sync_api import expect

    server = viewing(folder, "--by", "ada")
    page.goto(server.url)
    page.wait_for_selector(".card")
    page.focus(".cells")
    kept = page.locator(".verdict.keep")
    for key, count in (("ArrowRight", 0), ("k", 1), ("ArrowRight", 1), ("d", 1), ("ArrowRight", 1), ("k", 2), ("u", 1)):
        page.keyboard.press(key)
        expect(kept).to_have_count(count)
    expect(page.locator(".verdict.drop")).to_have_count(1)
    page.keyboard.press("n")
    page.keyboard.type(HOSTILE.replace("\n", " "))
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("dialog.note", state="detached")
    expect(page.locator(".judge-menu > summary")).to_have_text("Judge · 3")
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()

    again = viewing(folder, "--by", "ada")
    page.goto(again.url)
    page.wait_for_selector(".verdict.keep")
    page.wait_for_selector(".verdict.drop")
    page.click(".judge-menu > summary")
    page.click(".judge-menu .save")
    expect(page.locator(".judge-menu .said")).to_contain_text("1 shards written")
    page.click(".judge-menu .links a:text('Dropped')")
    expect(page.locator("output.count")).to_have_text("1 of 4 clips")
    assert page.title() == "faceshards"
    with Shard(folder / "a.tar") as shard:
        assert matching(shard.index, "judgement = 'keep'").tolist() == [0]
        assert matching(shard.index, "judgement = 'drop'").tolist() == [1]
        assert matching(shard.index, "judgement IS NULL AND starts_with(judgement_note, '=cmd')").tolist() == [2]
    assert (folder / NAME).exists()
