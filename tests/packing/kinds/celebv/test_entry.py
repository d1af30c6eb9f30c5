import pytest

from faceshards.packing.kinds.celebv.entry import entry_facts, named_facts
from tests.packing.kinds.celebv.conftest import HEAD, entry


@pytest.mark.parametrize(
    ("path", "video"),
    [
        ("x/M2Ohb0FAaJU_1", "M2Ohb0FAaJU"),
        ("_0tf2n3rlJU_0", "_0tf2n3rlJU"),
        ("-lPQTvZIogI_181_1", "-lPQTvZIogI"),
        ("_LEFBFu2xpE_112_0", "_LEFBFu2xpE"),
        ("M2Ohb0FAaJU", None),
        ("M2Ohb0FAaJU_1_2_3", None),
        ("holiday", None),
    ],
)
def test_a_name_tells_the_video(path, video):
    assert (named_facts(path) or {}).get("source_id") == video


def test_an_entry_tells_span_box_and_attributes_by_name():
    assert entry_facts(entry(), HEAD) == {
        **{"source_id": "M2Ohb0FAaJU", "source_start": 81.62, "source_end": 86.17},
        **{"crop_left": 0.1964, "crop_top": 0.0, "crop_right": 0.6922, "crop_bottom": 0.8815},
        **{"appearance_Blurry": 0, "appearance_5_o_clock": 1, "action_talk": 1, "emotion": "neutral"},
    }
    both = [{"emotion": "neutral", "start_sec": 0, "end_sec": 0.28}, {"emotion": "happy", "start_sec": 1, "end_sec": 2}]
    assert entry_facts(entry(emotion={"sep_flag": True, "labels": both}), HEAD)["emotion"] == "neutral, happy"


def test_celebv_text_has_pixels_no_attributes_and_once_other_words_for_the_span():
    told = {"ytb_id": "00-30GQl0TM", "version": "v0.1"}
    told |= {"duration": {"start_frame": 415.29, "end_frame": 420.88}}
    told |= {"bbox": {"top": 0, "bottom": 1183, "left": 665, "right": 1956}}
    assert entry_facts(told, None) == {
        **{"source_id": "00-30GQl0TM", "source_start": 415.29, "source_end": 420.88},
        "crop_px": [665, 0, 1956, 1183],
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ytb_id": 7}, "7 is no text"),
        ({"duration": {"start_sec": 3, "end_sec": 2}}, "no length"),
        ({"duration": {"end_sec": 2}}, "lacks 'start_frame'"),
        ({"duration": {"start_sec": "a", "end_sec": "b"}}, "not supported"),
        ({"bbox": {"top": 0, "bottom": 1, "left": 0}}, "lacks 'right'"),
        ({"bbox": None}, "not subscriptable"),
        ({"attributes": {"appearance": [1], "action": [1]}}, "1 values of appearance, meta_info names 2"),
        ({"attributes": []}, "no attribute"),
    ],
)
def test_an_entry_that_is_none_says_what_is_wrong(change, said):
    with pytest.raises(ValueError, match=said):
        entry_facts({**entry(), **change}, HEAD)
