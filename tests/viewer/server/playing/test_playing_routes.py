"""What the page is told of how a clip plays, and that Chromium plays what it is given."""

import json

from faceshards.shards.writer import ShardWriter
from tests.viewer.server.ask import ask

SIZE = """address => new Promise((resolve, reject) => {
  const video = document.createElement("video");
  video.src = address;
  video.onerror = () => reject(new Error(video.error.message));
  video.onloadeddata = () => { video.currentTime = 1.0; };
  video.onseeked = () => resolve([video.videoWidth, video.videoHeight, video.duration]);
})"""


def test_the_page_is_told_and_chromium_plays_each(served, odd_clips, page):
    url = served(odd_clips)
    told = [json.loads(ask(url, f"api/playable/{row}/{column}").body) for row, column in enumerate(
        ("mp4", "webm", "mkv", "mov", "avi", "mpg", "deep.mp4", "mp4"))]  # fmt: skip
    assert [one["way"] for one in told] == [*["as it is"] * 2, *["remuxed"] * 2, *["transcoded"] * 3, "remuxed"]
    plain = {"way": "as it is", "said": "", "voice": None, "seeks": True, "address": "media/0/mp4"}
    assert told[0] == plain | {"seconds": told[0]["seconds"]}
    assert told[7]["voice"] == "wav" and told[7]["address"] == "playable/7/mp4"
    page.goto(url)
    for one in told:
        width, height, seconds = page.evaluate(SIZE, one["address"])
        assert (width, height) == (112, 64) and 1.5 < seconds < 1.8, one


def test_what_does_not_decode_is_one_line(served, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.tar"
    with ShardWriter(path) as writer:
        writer.add("page", {"json": {"container": "mkv"}, "mkv": b"<html><script>alert(1)</script>" * 99})
    for address in ("api/playable/0/mkv", "playable/0/mkv"):
        answer = ask(served(path), address)
        assert answer.status == 400 and set(json.loads(answer.body)) == {"error"}, answer.body
