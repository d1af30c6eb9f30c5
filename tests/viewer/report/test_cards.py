import base64

import numpy as np
import pytest

from faceshards.media.picture import read_picture
from faceshards.shards.reader import Shard
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.report.cards import Image, facts_of, make_card


@pytest.fixture
def card_of(samples, tmp_path):
    """The card of one sample that is written to a shard."""

    def make(sample):
        with Shard(samples.write(tmp_path / "one.tar", [sample])) as shard:
            return make_card(ShownSample.of(shard, 0))

    return make


def test_an_image_is_its_picture():
    picture = np.full((20, 30, 3), (200, 30, 60), np.uint8)
    image = Image.png(picture, "red")
    assert (image.width, image.height, image.alt) == (30, 20, "red")
    assert (read_picture(base64.b64decode(image.uri.removeprefix("data:image/png;base64,"))) == picture).all()
    assert Image.jpg(picture, "red").uri.startswith("data:image/jpeg;base64,")


def test_a_card_has_a_large_image_and_a_reel(card_of, samples):
    card = card_of(samples.whole("a", identity="ann", gaze=2.25))
    assert [tile.image.alt for tile in card.videos] == [
        "Original frame at 0.40 s, 1 face marked",
        "Stylized frame at 0.40 s",
        "Swapped frame at 0.40 s",
    ]
    assert [len(tile.reel) for tile in card.videos] == [4, 4, 4]
    assert card.failure is None and card.face.image and all(tile.image for tile in card.sounds)
    assert card.facts == ("ann", "64×48", "25 fps", "0.48 s", "h264 + aac")
    assert [(one.name, one.value, one.unit) for one in card.scores] == [
        ("face_share", "1", ""),
        ("loudness_db", "-9.03", "dBFS"),
        ("gaze", "2.25", ""),
    ]
    assert card.weight == sum(
        len(image.uri) for tile in (*card.videos, *card.sounds, card.face) for image in (tile.image, *tile.reel)
    )


def test_a_failed_card_has_its_reason(card_of, samples):
    card = card_of(samples.no_face("a"))
    assert (card.failure.stage, card.failure.code) == ("faces", "no-face")
    swapped = card.videos[2]
    assert swapped.image is None and swapped.reel == () and swapped.failure.code == "no-face"


@pytest.mark.parametrize(
    "facts",
    [
        {"width": "wide", "height": 3, "fps": "fast", "duration": None, "identity": 7, "video_codec": []},
        {"width": 10**400, "height": 10**400, "fps": [10**400, 1], "duration": 10**400},
        {"fps": [1, 0], "duration": True},
    ],
)
def test_facts_of_other_types_are_left_out(facts):
    assert facts_of(facts) == []


def test_scores_of_other_types_are_left_out(card_of, samples):
    card = card_of(samples.whole("a", good=True, text="x", nested={"a": 1}))
    assert [one.name for one in card.scores] == ["face_share", "loudness_db"]


def test_what_no_stage_made_takes_no_room_and_a_stage_s_failure_stands_once(card_of, samples):
    sample = samples.no_face("a")
    del sample["styled.mp4"], sample["spectrogram.npy"]
    why = {"stage": "gaze", "code": "no-face", "reason": "no face in any of 12 frames"}
    sample["json"]["failures"].append(why)
    card = card_of(sample | {"gaze.npy": b"", "eye_opening.npy": b"", "mouth_opening.npy": b""})
    assert [tile.label for tile in card.videos] == ["Original", "Swapped"]
    assert [tile.label for tile in card.sounds] == ["Sound, 1 is full scale"]
    assert len({tile.failure for tile in card.numbers}) == len(card.numbers) < 3
