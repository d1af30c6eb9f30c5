import json

import numpy as np
import pytest

from faceshards.media.sound.packets import sound_table
from faceshards.media.tables.media_json import SOUND, sound_media, video_media
from faceshards.media.tables.packets import packet_table

VIDEO = {
    "codec": "h264", "extradata": "", "tag": "avc1", "bytes": 900, "ranged": True, "reorder": 2, "color_range": 1,
    "colorspace": 1, "zero": 0, "time_base": [1, 12800], "width": 64, "height": 48, "pix_fmt": "yuv420p",
}  # fmt: skip
VOICE = {
    "codec": "aac", "extradata": "", "tag": "mp4a", "bytes": 900, "ranged": True, "rate": 16000, "layout": "mono",
    "time_base": [1, 16000],
}  # fmt: skip


def video(**changes):
    return video_media({"media": {"mp4": VIDEO | changes}}, "mp4")


def sound(**changes):
    return sound_media({"media": {"sound": VOICE | changes}})


def test_what_the_tables_say_of_a_clip_and_of_its_sound_is_known_again(numbered, made, wave):
    _, facts = packet_table(made(numbered(5)))
    assert video_media({"media": json.loads(json.dumps({"mp4": facts}))}, "mp4") == json.loads(json.dumps(facts))
    _, heard = sound_table(wave(np.zeros((800, 1)), 8000))
    assert sound_media({"media": json.loads(json.dumps({SOUND: heard}))}) == json.loads(json.dumps(heard))


@pytest.mark.parametrize("said", [{}, {"media": None}, {"media": "mp4"}, {"media": {}}, {"media": {"mp4": [1]}}])
def test_a_json_that_says_nothing_of_the_kind_is_none(said):
    assert video_media(said, "mp4") is None and sound_media(said) is None


@pytest.mark.parametrize("name", sorted(VIDEO))
def test_a_video_must_say_everything(name):
    said = {key: value for key, value in VIDEO.items() if key != name}
    assert video() == VIDEO
    assert video_media({"media": {"mp4": said}}, "mp4") is None
    assert video_media({"media": {"mp4": VIDEO}}, "webm") is None


@pytest.mark.parametrize("name", ["codec", "extradata", "tag", "bytes", "ranged", "rate", "layout"])
def test_a_sound_must_say_everything(name):
    assert sound() == VOICE
    assert sound_media({"media": {"sound": {key: value for key, value in VOICE.items() if key != name}}}) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"codec": 27},
        {"bytes": "900"},
        {"time_base": [0, 12800]},
        {"time_base": [1, 0]},
        {"time_base": [1, 2, 3]},
        {"time_base": [1.0, 2.0]},
        {"time_base": "1/25"},
        {"seek": [-1, 1]},
        {"seek": [1]},
        {"rotation": 45},
        {"rotation": -90},
    ],
    ids=str,
)
def test_a_video_of_another_form_is_foreign(changes):
    assert video(**changes) is None


@pytest.mark.parametrize("changes", [{"seek": [0, 3]}, {"rotation": 270}, {"more": "of it"}], ids=str)
def test_what_a_video_may_say_besides_is_kept(changes):
    assert video(**changes) == VIDEO | changes


@pytest.mark.parametrize("changes", [{"rate": 0}, {"rate": "16000"}, {"step": [0, 0]}, {"step": [1]}], ids=str)
def test_a_sound_of_another_form_is_foreign(changes):
    assert sound(**changes) is None


def test_the_step_of_a_sound_is_kept():
    assert sound(step=[0, 1024]) == VOICE | {"step": [0, 1024]}
