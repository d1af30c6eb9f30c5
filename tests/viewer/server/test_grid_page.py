"""The grid in a browser, by keyboard alone: what its canvases show, how it filters, sorts and opens, what it holds."""

import struct
from fractions import Fraction

import numpy as np
import pytest

from faceshards.media.encode import encode
from faceshards.media.probe import probe
from faceshards.shards.schema.keys import UniqueKeys
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

RED, GREEN, BLUE = (200, 40, 40), (40, 180, 60), (40, 60, 200)
ONE = 1 << 16
HOSTILE = "<img src=x onerror=\"document.title='owned'\">"
MANY = 400
HANDLE = "[role='slider'][aria-label='face_share {}']"
#: The colour of the picture of a place, in its middle at a share of its height, [red, green, blue, alpha]; null where
#: there is no such card.
COLOUR = """(place, height) => {
  const cards = [...document.querySelectorAll('.line:not([hidden])')]
    .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
    .flatMap((line) => [...line.querySelectorAll('.card:not([hidden])')]);
  const picture = cards[place]?.querySelector('.picture').getBoundingClientRect();
  if (!picture) return null;
  const canvas = cards[place].parentElement.querySelector('canvas');
  const all = canvas.getBoundingClientRect();
  const copy = new OffscreenCanvas(1, 1).getContext('2d');
  const middle = [(picture.left + picture.right) / 2 - all.left, picture.height * height];
  const [x, y] = middle.map((at) => (at * canvas.width) / all.width);
  copy.drawImage(canvas, x, y, 1, 1, 0, 0, 1, 1);
  return [...copy.getImageData(0, 0, 1, 1).data];
}"""
SHOWS = f"""([place, wanted, height]) => {{
  const seen = ({COLOUR})(place, height ?? 0.5);
  return seen !== null && seen[3] === 255 && wanted.every((value, at) => Math.abs(value - seen[at]) < 30);
}}"""


def body(colours):
    frames = (np.full((48, 64, 3), colour, np.uint8) for colour in colours for _ in range(5))
    return encode(frames, Fraction(25))


def turned(clip: bytes, a: int, b: int, c: int, d: int) -> bytes:
    """An mp4 whose track has another display matrix (ISO/IEC 14496-12, 8.3.2)."""
    at = clip.index(b"tkhd") - 4
    begin = at + int.from_bytes(clip[at : at + 4], "big") - 8 - 36  # width and height stand behind it
    matrix = struct.pack(">9i", a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30)
    return clip[:begin] + matrix + clip[begin + 36 :]


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """400 rows: the first is red, then green, in turn; the second green; all others blue."""
    path = tmp_path_factory.mktemp("grid") / "many.tar"
    bodies = [body([RED, GREEN]), body([GREEN]), body([BLUE])]
    keys = UniqueKeys()
    with ShardWriter(path, provenance=(Provenance("pack", 1, {}),)) as writer:
        for row in range(MANY):
            one = bodies[min(row, 2)]
            name = HOSTILE if row == 2 else f"clip {row}"
            facts = probe(one).scalars() | {"name": name, "face_share": row / MANY, "collection": "ab"[row % 2]}
            if row % 100 == 7:
                facts["failures"] = [{"stage": "faces", "code": "no-face", "reason": "no face"}]
            writer.add(keys.key(f"{row:04d}"), {"json": facts, "mp4": one})
    return path


def names(page):
    """The names of the cards, in their order."""
    return page.evaluate("""() => [...document.querySelectorAll('.line:not([hidden])')]
        .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
        .flatMap((line) => [...line.querySelectorAll('.card:not([hidden]) .name')].map((one) => one.textContent))""")


def counted(page, text):
    page.wait_for_function(
        "(text) => document.querySelector('.count')?.textContent.replaceAll('\\u2009', '') === text", arg=text
    )


def test_cards_move_and_few_are_elements_and_names_are_text(page, served, shards):
    page.goto(served(shards))
    counted(page, f"{MANY} clips")
    for place, colour in (
        (0, RED),
        (0, GREEN),
        (0, RED),
        (1, GREEN),
        (2, BLUE),
    ):  # the first one changes, and begins again
        page.wait_for_function(SHOWS, arg=[place, colour])
    assert names(page)[:4] == ["clip 0", "clip 1", HOSTILE, "clip 3"]
    assert page.title() == "faceshards" and not page.query_selector(".card img")
    at_first = page.evaluate("document.querySelectorAll('*').length")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.wait_for_function(
        f"() => [...document.querySelectorAll('.card .name')].some((one) => one.textContent === 'clip {MANY - 1}')"
    )
    assert page.evaluate("document.querySelectorAll('*').length") == at_first
    assert page.evaluate("document.querySelectorAll('.card').length") < 100
    page.wait_for_url(f"**at={MANY - 1}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**#clip/{MANY - 1}?at={MANY - 1}")
    page.go_back()
    page.wait_for_function(f"() => document.querySelector('[aria-selected] .name')?.textContent === 'clip {MANY - 1}'")


def test_a_filter_is_written_completed_refused_and_taken_back_by_keyboard(page, served, shards):
    page.goto(served(shards))
    counted(page, f"{MANY} clips")
    page.keyboard.press("/")
    page.keyboard.type("face_sh")
    page.wait_for_selector("#completions li")
    page.keyboard.press("Tab")
    page.keyboard.type(" >= 0.9 AND collection = '")
    page.wait_for_selector("#completions li:has-text(\"'b'\")")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("textarea") == "face_share >= 0.9 AND collection = 'b'"
    page.keyboard.press("Enter")
    counted(page, f"20 of {MANY} clips")
    page.wait_for_function("() => document.querySelector('.card .name')?.textContent === 'clip 361'")
    page.wait_for_selector("input[value='b']:checked")
    page.wait_for_selector(f"{HANDLE.format('from')}[aria-valuenow='0.9']")
    assert "where=face_share" in page.url

    page.keyboard.type(" AND nothing > 1")
    page.keyboard.press("Enter")
    page.wait_for_selector(".refused:has-text('there is no column')")
    assert page.text_content(".card .name") == "clip 361" and "nothing" not in page.url

    page.go_back()
    counted(page, f"{MANY} clips")
    page.goto(page.url.partition("#")[0] + "#grid?where=face_share%20%3E%202")
    counted(page, f"0 of {MANY} clips")
    assert "No clip matches" in page.text_content(".empty")


def test_handles_lists_and_orders_say_what_they_mean_in_sql(page, served, shards):
    page.goto(served(shards) + "#grid?sort=face_share&down=1")
    counted(page, f"{MANY} clips")
    page.wait_for_function("() => document.querySelector('.card .name')?.textContent === 'clip 399'")
    page.wait_for_selector("input[value='faces:no-face']")
    page.wait_for_selector(HANDLE.format("to") + "[aria-valuenow]")  # the score's spread is told
    page.focus(HANDLE.format("to"))
    page.keyboard.press("PageDown")
    page.wait_for_function("() => document.querySelector('textarea').value.startsWith('face_share <= 0.8')")
    bound = float(page.input_value("textarea").removeprefix("face_share <= "))
    handle = f"{HANDLE.format('to')}[aria-valuenow='{bound}']"
    page.wait_for_selector(handle)
    chosen = sum(row / MANY <= bound for row in range(MANY))
    counted(page, f"{chosen} of {MANY} clips")
    page.get_by_label("faces · no-face").check()
    failed = [row for row in range(7, MANY, 100) if row / MANY <= bound]
    counted(page, f"{len(failed)} of {MANY} clips")
    assert page.input_value("textarea").endswith("AND list_has_any(split(failed, ' '), ['faces:no-face'])")
    page.wait_for_function("() => document.querySelectorAll('.card:not([hidden]) .mark:not(:empty)').length === 4")
    assert names(page) == [f"clip {row}" for row in reversed(failed)]
    page.get_by_label("Order").select_option("by chance")
    page.wait_for_url("**seed=1**")
    page.go_back()
    page.go_back()
    counted(page, f"{chosen} of {MANY} clips")
    page.wait_for_selector(handle)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("face_share < 0.1 OR face_share > 0.9")
    page.keyboard.press("Enter")
    counted(page, f"79 of {MANY} clips")
    page.check("input[value='b']")
    counted(page, f"40 of {MANY} clips")
    assert page.input_value("textarea") == "(face_share < 0.1 OR face_share > 0.9) AND collection = 'b'"


def test_what_no_browser_decodes_stands_still_and_says_so(page, served, tmp_path):
    path = tmp_path / "still.tar"
    one = body([RED])
    facts = probe(one).scalars() | {"name": "old", "video_codec": "mpeg1video"}
    with ShardWriter(path, provenance=(Provenance("pack", 1, {}),)) as writer:
        writer.add("old", {"json": facts, "mp4": one})
    page.goto(served(path, "--where", "duration < 99"))
    page.wait_for_function(SHOWS, arg=[0, RED])
    assert page.text_content(".within") == "within duration < 99"
    assert page.text_content(".card .still") == "still"
    assert page.get_attribute(".card .still", "title") == "browsers decode no mpeg1video"


def test_a_phones_clip_stands_upright(page, served, tmp_path):
    """It lies in the file, red on the left and blue on the right; a quarter clockwise, red is above."""
    lying = np.concatenate([np.full((64, 48, 3), colour, np.uint8) for colour in (RED, BLUE)], 1)
    one = turned(encode((lying for _ in range(3)), Fraction(25)), 0, 1, -1, 0)
    facts = probe(one).scalars() | {"name": "upright"}
    assert (facts["width"], facts["height"]) == (64, 96)
    with ShardWriter(tmp_path / "turned.tar", provenance=(Provenance("pack", 1, {}),)) as writer:
        writer.add("upright", {"json": facts, "mp4": one})
    page.goto(served(tmp_path / "turned.tar"))
    for height, colour in ((0.2, RED), (0.8, BLUE)):
        page.wait_for_function(SHOWS, arg=[0, colour, height])


def test_a_bar_that_is_a_scale_reaches_both_ends_pixel_by_pixel(page, served, shards):
    page.goto(served(shards))
    total, seen = 60_000_000, 700
    places = [0, 1, 499_999, 500_001, 7_654_321, 30_000_000, total - 600_000, total - seen - 1, total - seen]
    told = page.evaluate(
        """([total, seen, places]) => import("./static/grid/scroll_map.js").then(({ barAt, barHeight, contentAt }) => [
            barHeight(total), places.map((at) => barAt(at, total, seen)),
            places.map((at) => contentAt(barAt(at, total, seen), total, seen)),
            contentAt(4_000_100, total, seen) - contentAt(4_000_000, total, seen),
        ])""",
        [total, seen, places],
    )
    height, bars, back, hundred = told
    assert height == 8_000_000 and bars == sorted(bars)
    assert (bars[1] - bars[0], bars[-1] - bars[-2], bars[-1]) == (1, 1, height - seen)
    assert back == pytest.approx(places, abs=1e-6) and 500 < hundred < 1500
    assert (
        page.evaluate("() => import('./static/grid/scroll_map.js').then((made) => made.contentAt(1234, 9000, 700))")
        == 1234
    )
