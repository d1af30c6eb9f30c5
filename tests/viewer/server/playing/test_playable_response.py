"""Clips that a browser cannot play, asked for and played."""

import io
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import av
import numpy as np
import pytest
from starlette.requests import Request

from faceshards.errors import ClipError
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter
from faceshards.viewer.server.playing import playable_response
from faceshards.viewer.server.playing.playable_cache import PlayableCache
from faceshards.viewer.server.playing.playable_response import _Steps
from faceshards.viewer.server.playing.way import way_of
from tests.viewer.server.ask import ask


def test_a_short_clip_is_made_once_and_read_by_ranges(served, odd_clips):
    url = served(odd_clips)
    whole = ask(url, "playable/5/mpg")
    assert (whole.status, whole.headers["content-type"]) == (200, "video/mp4")
    assert whole.headers["x-faceshards-playable"] == "transcoded from mpeg1video"
    part = ask(url, "playable/5/mpg", range="bytes=100-199", if_range=whole.headers["etag"])
    assert (part.status, part.body) == (206, whole.body[100:200])
    assert ask(url, "playable/0/mp4").body == ask(url, "media/0/mp4").body, "what plays goes as it is"


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    """70 pictures, one a second, in an avi."""
    path, file = tmp_path_factory.mktemp("long") / "long.tar", io.BytesIO()
    with av.open(file, "w", format="avi") as out:
        stream = out.add_stream("mpeg4", rate=1)
        stream.width, stream.height, stream.gop_size = 64, 48, 5
        for number in range(70):
            picture = np.full((48, 64, 3), 3 * number, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(stream.encode())
    with ShardWriter(path) as writer:
        writer.add("long", {"json": {"container": "avi"}, "avi": file.getvalue()})
    return path


def test_a_long_clip_is_made_while_it_plays_from_where_it_is_asked_for(served, long_clip):
    url = served(long_clip)
    answer = ask(url, "playable/0/avi?start=50")
    assert answer.status == 200 and "content-length" not in answer.headers
    with av.open(io.BytesIO(answer.body)) as container:
        levels = [one.to_ndarray(format="gray").mean() for one in container.decode(video=0)]
    assert len(levels) == pytest.approx(20, abs=1) and levels == sorted(levels) and levels[0] > 140
    assert ask(url, "playable/0/avi?start=-1").status == 400
    assert ask(url, "playable/0/avi?start=nan").status == 400
    leaves = HTTPConnection(urlsplit(url).hostname, urlsplit(url).port)
    leaves.request("GET", f"{urlsplit(url).path}playable/0/avi")
    leaves.getresponse().read(10)
    leaves.close()
    assert ask(url, "api/playable/0/avi").status == 200


def request(path="/"):
    return Request({"type": "http", "method": "GET", "headers": [], "path": path, "query_string": b""})


def test_what_nobody_waits_for_or_grows_without_end_is_not_made_on(long_clip, monkeypatch):
    monkeypatch.setattr(playable_response, "LONG", 1000.0)
    cache, wanted = PlayableCache(), playable_response.Wanted()
    with Shard(long_clip) as shard:
        asked = (request(), shard, 0, "avi", way_of(shard, 0, "avi"), cache)
        monkeypatch.setattr(playable_response, "MOST_BYTES", 100)
        with pytest.raises(ClipError, match="the clip lasts longer than it says"):
            playable_response.playable_response(*asked, wanted)
        monkeypatch.undo()
        monkeypatch.setattr(playable_response, "LONG", 1000.0)
        with pytest.raises(ClipError, match="the player left"):
            playable_response.playable_response(*asked, lambda: False)
        assert playable_response.playable_response(*asked, wanted).status_code == 200


def test_a_stream_that_is_let_go_makes_nothing_more(long_clip):
    with Shard(long_clip) as shard:
        with closing(_Steps(shard, 0, "avi", way_of(shard, 0, "avi")).stream(0)) as stream:
            assert b"ftyp" in next(stream)
        assert next(stream, None) is None
