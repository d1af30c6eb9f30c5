"""The page of a clip in a browser, over clips whose pictures tell their numbers."""

import io
import time

import numpy as np
import pytest
from PIL import Image

from faceshards.media.tables.packets import KEY, SIZE
from faceshards.media.tables.rows import wide
from faceshards.shards.reader import Shard
from tests.viewer import burned

SCRIPT = "<img src=x onerror=document.title='owned'>"


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    """Three clips alike; the second is called by a script."""
    samples = {f"clip{one}": burned.sample(SCRIPT if one == 1 else f"clip {one}") for one in range(3)}
    samples["clip1"]["json"] |= {
        "failures": [{"stage": "swap", "code": "no-face", "reason": SCRIPT}],
        "deep": [[[SCRIPT]]],
    }
    samples["clip1"]["faces.msg"] = b"\x81\xa5frame\xa2no"
    return burned.write(tmp_path_factory.mktemp("view") / "burned.tar", samples)


@pytest.fixture
def clip(page, served, shard):
    """clip(row) -> the page of a clip, when its first picture is there."""

    def show(row):
        page.goto(f"{served(shard)}#clip/{row}?at={row}")
        until(page, f"clip?.panes[0].row === {row}")
        return page

    return show


def ask(page, script):
    """What a script says in which `clip` stands for the parts of the page."""
    return page.evaluate(f"() => {{ const clip = document.querySelector('.clip-view')?.parts; return {script}; }}")


def until(page, condition, seconds=30):
    """Waits until a script says so."""
    end = time.monotonic() + seconds
    while not ask(page, f"Boolean({condition})"):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(20)


def seen(page, columns=("mp4", "styled.mp4")):
    """What a person sees: the number that is burned into each video, the original first, and that of the box."""
    panes = page.locator(".panes")
    place = panes.bounding_box()
    whole = np.asarray(Image.open(io.BytesIO(panes.screenshot())).convert("RGB"), np.int64)
    found = []
    for column in columns:
        at = page.locator(f".pane[data-column='{column}'] .frame").bounding_box()
        left, top = at["x"] - place["x"], at["y"] - place["y"]
        found.append((whole, left, top, at["width"] / burned.WIDTH))
    return *(number(*one) for one in found), boxed(*found[0])


def number(whole, left, top, scale):
    """The number of a picture by its bars."""
    row = round(top + 100 * scale)
    bits = [whole[row, round(left + (40 * bit + 20) * scale)].mean() > 128 for bit in range(burned.BITS)]
    return sum(bit << place for place, bit in enumerate(bits))


def boxed(whole, left, top, scale):
    """The number that the box of track 3 tells by the middle of its edges; None where there is no box."""
    row = whole[round(top + 175 * scale), round(left) : round(left + burned.WIDTH * scale)]
    pink = np.flatnonzero(np.abs(row - [255, 110, 150]).max(axis=1) < 70)
    if not len(pink):
        return None
    middle = (pink[0] + pink[-1] + 1) / 2 + round(left) - left
    return round((middle / scale - 30) / 2)


def test_a_picture_that_is_sought_is_shown_exactly_with_its_box_and_its_twin(clip, shard):
    page = clip(0)
    with Shard(shard) as opened:
        table = wide(opened.get(0, "mp4.packets.npy"))
    keys = np.flatnonzero(table[:, KEY])
    sizes = [int(part[:, SIZE].sum()) for part in np.split(table, keys[1:])]
    for frame in (31, 60, 119, 59, 61):
        ask(page, f"clip.player.seek({frame})")
        until(page, "clip.layers.drawnFrame === clip.player.frame")
        assert seen(page) == (frame, frame, frame)
    assert ask(page, "clip.panes.every((one) => !one.still.hidden || !one.isWanted)")  # by WebCodecs
    # Of the groups of these pictures, and of the first one, each packet once, and of no other.
    held = (
        "[...clip.panes[0].scrubber.groups].map(([first, { chunks }]) => [first, chunks.map((one) => one.data.length)])"
    )
    groups = {first: sum(bodies) for first, bodies in ask(page, held)}
    wanted = {int(np.searchsorted(keys, frame, side="right")) - 1 for frame in (0, 31, 60, 119)}
    assert groups == {int(keys[one]): sizes[one] for one in wanted} and len(wanted) == 4 < len(keys)
    ask(page, "clip.panes.forEach((one) => (one.scrubber.failed = true))")  # as a browser without it
    for frame in (17, 90, 44):
        ask(page, f"clip.player.seek({frame})")
        assert ask(page, "clip.panes[0].still.hidden")
        assert seen(page) == (frame, frame, frame)


def test_the_pictures_fill_the_stage_side_by_side_where_there_is_room_and_below_where_there_is_none(clip):
    page = clip(0)

    def places():
        page.wait_for_timeout(100)
        boxes = [one.bounding_box() for one in page.locator(".pane:not([hidden]) .frame").all()]
        return page.locator(".panes").bounding_box(), *boxes

    stage, own, twin = places()
    assert abs(own["height"] - twin["height"]) < 2 and abs(own["y"] - twin["y"]) < 2
    assert own["height"] > 300 and own["width"] + twin["width"] > 0.85 * stage["width"]
    assert twin["x"] + twin["width"] <= stage["x"] + stage["width"]
    page.set_viewport_size({"width": 500, "height": 800})
    until(page, "innerWidth === 500 && document.querySelector('.panes').clientWidth < 500")
    stage, own, twin = places()
    assert twin["y"] > own["y"] + own["height"] and own["width"] > 0.85 * stage["width"]
    assert max(own["width"], twin["width"]) <= stage["width"]
    page.locator(".chip.video", has_text="styled").click()
    assert len(places()) == 2


def test_while_it_plays_each_box_lies_on_its_picture_and_the_twin_keeps_step(clip):
    page = clip(0)
    page.keyboard.press(" ")
    until(page, "clip.player.isPlaying && clip.player.frame > 3")
    found = []
    while ask(page, "clip.player.isPlaying") and len(found) < 12:
        found.append(seen(page))
    assert len({one for one, _, _ in found}) > 2, found
    assert all(picture == box for picture, _, box in found), found
    assert np.median([abs(picture - styled) for picture, styled, _ in found]) <= 1, found
    until(page, "!clip.player.isPlaying && clip.player.frame === 119")
    assert seen(page) == (119, 119, 119)


def test_all_is_done_by_keys(clip):
    page = clip(0)

    def frame_after(key):
        page.keyboard.press(key)
        until(page, "!clip.player.seeking")
        return ask(page, "clip.player.frame")

    second = int(np.searchsorted(burned.TIMES, 1000, side="right")) - 1
    keys = ("End", ",", "Home", ".", ".", ",", "ArrowLeft", "ArrowRight")
    assert [frame_after(key) for key in keys] == [119, 118, 0, 1, 2, 1, 0, second]
    shown = ask(page, "clip.layers.all[0].isOn")
    page.keyboard.press("1")
    assert ask(page, "clip.layers.all[0].isOn") is not shown
    page.keyboard.press("?")
    assert page.locator("dialog[open] dd").count() > 10
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('dialog[open]') && location.hash.startsWith('#clip/0')")
    page.keyboard.press("l")
    until(page, "location.hash.startsWith('#clip/1')")
    page.keyboard.press("j")
    until(page, "location.hash.startsWith('#clip/0')")
    page.keyboard.press("Escape")
    until(page, "location.hash.startsWith('#grid')")


def test_a_hostile_sample_is_shown_as_text_and_says_what_cannot_be_drawn(clip):
    page = clip(1)
    assert page.locator(".title h1").inner_text() == SCRIPT
    assert page.locator(".failures p").inner_text() == SCRIPT
    page.locator(".json > summary").click()
    page.locator(".json .tree details", has_text="deep").last.locator("summary").first.click()
    until(page, "document.querySelector('.chip.lost')")
    assert "faces.msg is no table of faces" in page.locator(".chip.lost").first.get_attribute("title")
    assert page.title() == f"{SCRIPT} · faceshards" and page.locator("main img").count() == 0
    assert seen(page)[:2] == (0, 0)
    page.keyboard.press("Escape")
    until(page, "location.hash.startsWith('#grid') && document.title === 'faceshards'")


def test_a_clip_that_is_transcoded_is_seen_and_stepped_through_meanwhile(page, served, tmp_path):
    sample = burned.sample("film") | {"mp4": burned.film()}
    for name in ("mp4.packets.npy", "sound.packets.npy", "styled.mp4", "styled.mp4.packets.npy"):
        del sample[name]
    del sample["json"]["media"]
    held, wrong = [], []
    page.route(
        "**/playable/0/mp4", lambda route: route.continue_() if "/api/" in route.request.url else held.append(route)
    )
    page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 400 else None)
    page.goto(f"{served(burned.write(tmp_path / 'film.tar', {'a': sample}))}#clip/0")
    until(page, "clip")
    said = page.locator(".pane .said")
    for frame in (1, 2):
        page.keyboard.press(".")
        until(page, f"clip.layers.drawnFrame === {frame} && !clip.player.seeking")
        assert seen(page, ["mp4"]) == (frame, frame)
        assert said.inner_text() == "transcoding from mpeg4 …"
        assert page.locator(".time b").inner_text() == str(frame)
    for route in held:
        route.continue_()
    until(page, "clip.panes[0].isBegun && clip.panes[0].said.textContent === 'transcoded from mpeg4'")
    ask(page, "clip.player.seek(44)")
    until(page, "clip.layers.drawnFrame === 44 && clip.panes[0].still.hidden")
    assert seen(page, ["mp4"]) == (44, 44) and not wrong


def test_the_window_of_a_loader_is_marked_and_its_python_shown(clip):
    page = clip(2)
    page.locator(".window > summary").click()
    page.locator(".fields input[name=frames]").fill("10")
    until(page, "document.querySelector('.window .said').textContent.startsWith('10 pictures')")
    assert "Window(frames=10)" in page.locator(".python").inner_text()
    span = page.locator(".timeline .span").bounding_box()
    ruler = page.locator(".ruler .plot").bounding_box()
    said = page.locator(".window .said").inner_text()
    first = int(said.split(", ")[1].split(" to ")[0])
    seconds = (span["x"] - ruler["x"]) / ruler["width"] * ask(page, "clip.clock.duration")
    assert abs(seconds - burned.TIMES[first] / 1000) < 0.01
    page.locator(".fields input[name=frames]").fill("1000")
    until(page, "document.querySelector('.window .said').textContent.includes('has no window of 1000')")
    page.locator(".columns > summary").click()
    page.locator(".column", has_text="faces.msg").locator("summary").click()
    until(page, "document.querySelector('.making h4')?.textContent.startsWith('faces')")
    assert "min_face" in page.locator(".making").inner_text() and "onet.lz4" in page.locator(".making").inner_text()
