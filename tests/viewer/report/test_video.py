"""Which clips play in the page: those that every browser plays, the small ones first, within the page's bytes."""

import base64
import io
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.viewer.report.examples import candidates_of, examples_of
from faceshards.viewer.report.video import video_of, with_videos
from faceshards.viewer.summary.summary import summarise
from tests.viewer.conftest import RED, video


def encoded(codec, pixels):
    """An mp4 of eight grey pictures in a codec."""
    body = io.BytesIO()
    with av.open(body, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=Fraction(25), width=64, height=48, pix_fmt=pixels)
        for number in range(8):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 30 * number, np.uint8), "rgb24")
            container.mux(stream.encode(picture.reformat(format=pixels)))
        container.mux(stream.encode())
    return body.getvalue()


def test_a_video_is_the_very_file_and_says_whether_it_is_heard():
    for sound in (True, False):
        body = video(RED, sound=sound)
        found = video_of(body)
        assert base64.b64decode(found.uri.removeprefix("data:video/mp4;base64,")) == body
        assert found.has_sound is sound


@pytest.mark.parametrize(
    ("codec", "pixels", "said"), [("mpeg4", "yuv420p", "mpeg4"), ("libx264", "yuv444p", "yuv444p")]
)
def test_what_some_browsers_do_not_play_is_said(codec, pixels, said):
    assert video_of(encoded(codec, pixels)) == f"not every browser plays {said}"


def test_bytes_that_are_no_video_are_a_clip_s_error():
    with pytest.raises(ClipError):
        video_of(b"\0\0\0\x18ftypisom" + b"x" * 500)


@pytest.fixture
def examples(samples, tmp_path):
    """A large clip and a small one, each with two twins."""
    large, small = samples.whole("large"), samples.whole("small")
    noise = np.random.default_rng(0).integers(0, 255, 20_000, np.uint8).tobytes()
    large["mp4"] += (8 + len(noise)).to_bytes(4, "big") + b"free" + noise
    path = samples.write(tmp_path / "a.tar", [large, small])
    return list(examples_of(candidates_of(summarise(path)), 10))


def playing(examples):
    """Of each clip, by name, the labels of the panels that play."""
    return {one.card.name: [tile.label for tile in one.card.videos if tile.video] for one in examples}


def test_small_clips_come_first_and_twins_after_all_clips(examples):
    every = ["Original", "Stylized", "Swapped"]
    plenty = with_videos(examples, 10_000_000)
    assert playing(plenty) == {"large": every, "small": every}
    sizes = {(one.card.name, tile.label): len(tile.video.uri) for one in plenty for tile in one.card.videos}
    assert sizes["large", "Original"] > sizes["small", "Original"]
    room = sizes["small", "Original"]
    assert playing(with_videos(examples, room)) == {"small": ["Original"], "large": []}
    assert list(playing(with_videos(examples, room))) == ["small", "large"]  # what plays stands first
    room += sizes["large", "Original"]
    assert playing(with_videos(examples, room)) == {"large": ["Original"], "small": ["Original"]}
    assert playing(with_videos(examples, sizes["small", "Original"] - 1))["small"] != ["Original"]
    for tight in with_videos(examples, 0):
        assert all(tile.note.endswith("of video do not fit into the page.") for tile in tight.card.videos)


def test_clips_that_went_well_stand_first(samples, tmp_path):
    path = samples.write(tmp_path / "a.tar", [samples.no_face("failed"), samples.whole("whole")])
    shown = with_videos(list(examples_of(candidates_of(summarise(path)), 10)), 10_000_000)
    assert [(one.card.name, one.row) for one in shown] == [("whole", 1), ("failed", 0)]


def test_clips_that_play_themselves_stand_before_those_of_which_a_twin_does(samples, tmp_path):
    foreign = samples.whole("foreign") | {"mp4": encoded("mpeg4", "yuv420p")}
    path = samples.write(tmp_path / "a.tar", [foreign, samples.whole("plays")])
    shown = with_videos(list(examples_of(candidates_of(summarise(path)), 10)), 10_000_000)
    assert [one.card.name for one in shown] == ["plays", "foreign"]
    assert [bool(tile.video) for tile in shown[1].card.videos] == [False, True, True]


def test_a_tile_without_a_video_says_why_and_keeps_its_picture(samples, tmp_path):
    sample = samples.whole("a")
    sample["mpg"] = sample.pop("mp4")
    sample["styled.mp4"] = encoded("mpeg4", "yuv420p")
    sample["json"] |= {"container": "mpg"}
    path = samples.write(tmp_path / "a.tar", [sample])
    (one,) = with_videos(list(examples_of(candidates_of(summarise(path)), 1)), 10_000_000)
    assert [tile.note for tile in one.card.videos] == [
        "Stills only: not every browser plays mpg.",
        "Stills only: not every browser plays mpeg4.",
        "",
    ]
    assert all(tile.image for tile in one.card.videos)


def test_a_member_that_was_damaged_meanwhile_does_not_play(examples):
    path = examples[0].shard
    body = bytearray(path.read_bytes())
    body[body.index(b"mdat") + 10] ^= 1
    path.write_bytes(body)
    first, _ = sorted(with_videos([replace(one) for one in examples], 10_000_000), key=lambda one: one.row)
    assert first.card.videos[0].video is None and "differs from its checksum" in first.card.videos[0].note
