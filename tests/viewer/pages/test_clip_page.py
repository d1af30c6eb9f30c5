import json

import av
import numpy as np
import pytest

from faceshards.media.probe import probe
from faceshards.shards.reader import Shard
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.pages import clip_page as told
from faceshards.viewer.pages.clip.road import ROAD
from faceshards.viewer.pages.clip_page import clip_page
from tests.viewer import burned


@pytest.fixture
def shown(dataset):
    """shown(key) -> the page of a sample of the small data set."""

    def show(key):
        with Shard(dataset / "group124.tar") as shard:
            row = next(row for row, one in enumerate(shard.keys) if key in one)
            return clip_page(ShownSample.of(shard, row))

    return show


def test_videos_scores_columns_and_overlays_of_a_whole_sample(shown):
    page = shown("astronaut")
    assert [(one["column"], one["label"]) for one in page["videos"]] == [
        ("mp4", "original"),
        ("styled.mp4", "styled"),
        ("swapped.mp4", "swapped"),
    ]
    assert page["videos"][0] | {"keys": []} == page["videos"][0] | {"size": (64, 48), "keys": []}
    assert page["videos"][0]["keys"] == [0]
    makers = list(dict.fromkeys(one["maker"] for one in page["scalars"]))
    assert makers == sorted(makers, key=ROAD.index) and makers[0] == "pack" and len(makers) == 3
    assert (page["frames"], page["size"], page["is_heard"], page["error"]) == (12, (64, 48), True, None)
    assert [one["part"] for one in page["overlays"]] == ["box", "points"]
    loudness = next(one for one in page["scalars"] if one["name"] == "loudness_db")
    assert loudness["value"] == -9.03 and loudness["unit"] == "dBFS" and loudness["maker"] == "loudness"
    assert [one["name"] for one in page["scalars"]][:3] == ["name", "container", "source"], "as they are made"
    assert {one["name"] for one in page["scalars"]}.isdisjoint({"made", "failures", "fps"})
    faces = next(one for one in page["columns"] if one["name"] == "faces.msg")
    assert faces["filled"] and faces["bytes"] > 100 and faces["maker"] == "faces" and "detections" in faces["doc"]
    json.dumps(page, allow_nan=False)


def test_a_video_that_browsers_decode_no_part_of_has_no_place_to_begin(tmp_path, samples):
    with av.open(str(tmp_path / "part.mp4"), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        out.mux(stream.encode())
    body = (tmp_path / "part.mp4").read_bytes()
    sample = samples.whole("part") | {"mp4": body, "json": probe(body).scalars() | {"name": "part"}}
    with Shard(samples.write(tmp_path / "a.tar", [sample])) as shard:
        clip, styled, _ = clip_page(ShownSample.of(shard, 0))["videos"]
    assert (clip["keys"], clip["size"]) == ([], (64, 48)) and styled["keys"] == [0]


def test_what_failed_is_told_with_its_reason_and_has_no_overlay(shown):
    page = shown("onerror")
    assert page["failures"][0] == {"stage": "faces", "code": "no-face", "reason": "no face in any of 12 frames"}
    assert page["overlays"] == [] and [one["column"] for one in page["videos"]] == ["mp4", "styled.mp4"]
    assert next(one for one in page["columns"] if one["name"] == "faces.msg")["state"] == "failed"


def test_a_json_that_is_too_large_is_not_told_whole(shown, monkeypatch):
    monkeypatch.setattr(told, "MOST_JSON", 100)
    page = shown("astronaut")
    assert page["facts"] == {"json": "too large to be shown"} and len(page["videos"]) == 3


def test_a_clip_that_does_not_open_says_why(tmp_path, samples):
    sample = samples.whole("broken")
    sample["mp4"] = b"no video at all"
    for name in ("frames", "width", "height"):
        del sample["json"][name]
    with Shard(samples.write(tmp_path / "a.tar", [sample])) as shard:
        page = clip_page(ShownSample.of(shard, 0))
    assert page["error"] and "\n" not in page["error"] and page["frames"] == 0
    assert [one["keys"] for one in page["videos"]] == [[], [0], [0]]


def test_a_video_that_no_browser_decodes_has_no_picture_to_begin_at_and_a_silent_one_is_not_heard(tmp_path, samples):
    sample = samples.whole("film") | {"mp4": burned.film()}
    assert sample["json"]["sound_codec"], "what the json says of sound, the file does not have"
    sample["json"].pop("media", None)
    with Shard(samples.write(tmp_path / "a.tar", [sample])) as shard:
        page = clip_page(ShownSample.of(shard, 0))
    assert page["videos"][0] | {"keys": [], "size": (320, 240)} == page["videos"][0]
    assert page["is_heard"] is False and page["error"] is None
