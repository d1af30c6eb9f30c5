import pytest

from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.grid_cards import grid_cards, usual_aspect


def test_a_card_says_its_clip_from_the_index_alone(dataset):
    collection = Collection([dataset])
    cards = grid_cards(collection, collection.rows[1:4], ["face_share"])
    assert [card["row"] for card in cards] == collection.rows[1:4].tolist()
    by_name = {card["name"]: card for card in grid_cards(collection, collection.rows)}
    assert by_name["a silent clip"]["failed"] == "spectrogram:no-sound loudness:no-sound"
    first = next(card for card in cards if card["name"] == "talk 2" or card["face_share"] is not None)
    assert (first["width"], first["height"], first["video_codec"]) == (64, 48, "h264")


def test_the_usual_form_of_clips_is_that_of_their_pictures(dataset, tmp_path, samples):
    assert usual_aspect(Collection([dataset])) == pytest.approx(64 / 48)
    wide = [samples.whole("one", width=5000, height=100)]
    assert usual_aspect(Collection([samples.write(tmp_path / "a.tar", wide)])) == 1.8
