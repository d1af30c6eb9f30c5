import numpy as np
import pytest

from faceshards.shards.schema.codecs import decode_json, decode_npy, encode_json
from faceshards.shards.schema.columns import COLUMNS, SOUND_PACKETS
from faceshards.shards.schema.states import (
    DONE,
    FAILED,
    NOT_APPLICABLE,
    NOT_YET,
    STATES,
    no_value,
    state_named,
    state_numbers,
    state_of,
    stated,
    void_columns,
    with_states,
)


@pytest.mark.parametrize("state", STATES)
def test_what_is_stated_is_the_state_whatever_the_size(state):
    facts = stated({"name": "a"}, ["x.npy"], state)
    assert state_of(facts, "x.npy", 128) == state and state_of(facts, "y.npy", 128) == DONE
    assert facts["name"] == "a" and ("states" in facts) == (state != DONE)


def test_a_state_is_replaced_and_the_others_stay():
    facts = stated(stated({}, ["x.npy", "y.npy"], FAILED), ["z.npy"], NOT_YET)
    assert stated(facts, ["x.npy"], DONE) == {"states": {"y.npy": FAILED, "z.npy": NOT_YET}}
    assert stated(facts, ["x.npy", "y.npy", "z.npy"], DONE) == {}


def test_of_no_bytes_that_nobody_speaks_of_the_rest_of_the_json_says_why():
    """Shards of before and foreign tars."""
    assert state_of({"failures": [{"stage": "face_crop", "code": "no-face"}]}, "face.jpg", 0) == FAILED
    assert state_of({"sound_codec": "aac", "failures": [{"stage": "pack"}]}, SOUND_PACKETS, 0) == FAILED
    assert state_of({}, SOUND_PACKETS, 0) == NOT_APPLICABLE
    assert state_of({}, "face.jpg", 0) == state_of({}, "own.npy", 0) == NOT_YET


@pytest.mark.parametrize("states", [7, [], {"x.npy": 7}, {"x.npy": "odd"}, {"x.npy": None}, {"x.npy": {}}], ids=str)
def test_hostile_states_end_nothing(states):
    facts = {"states": states, "failures": [3, {"stage": {}}]}
    assert state_of(facts, "x.npy", 9) in STATES and state_of(facts, "x.npy", 0) in (FAILED, NOT_APPLICABLE, NOT_YET)
    assert stated(facts, ["x.npy"], FAILED)["states"]["x.npy"] == FAILED


def test_numbers_of_an_index_are_states_in_their_order():
    facts = [{}, {"states": {"x.npy": FAILED}}, {"states": {"y.npy": FAILED}}, {}]
    numbers = state_numbers("x.npy", np.array([5, 128, 5, 0]), facts)
    assert [state_named(number) for number in numbers.tolist()] == [DONE, FAILED, DONE, NOT_YET]
    assert state_named(200) == NOT_YET


@pytest.mark.parametrize("column", [name for name, one in COLUMNS.items() if one.codec == "npy"])
def test_an_array_without_a_value_has_no_rows_and_the_columns_type(column):
    array = decode_npy(no_value(column))
    assert len(array) == 0 and array.dtype == COLUMNS[column].dtype
    assert array.ndim == COLUMNS[column].shape.count(",") + (not COLUMNS[column].shape.endswith(",)"))


def test_other_codecs_have_their_own_nothing():
    assert (no_value("faces.msg"), no_value("own.json"), no_value("mp4"), no_value("t.txt")) == (
        b"\xc0",
        b"null",
        b"",
        b"",
    )


def test_the_json_says_why_a_void_column_has_no_value():
    members = {"json": b"{}", "a.npy": None, "b.npy": b"", "c.npy": memoryview(b""), "d.npy": b"1", "e.npy": [1]}
    assert void_columns(members) == ["a.npy", "b.npy", "c.npy"]
    said = encode_json({"states": {"a.npy": FAILED}})
    assert with_states(said, ["a.npy"]) is said and with_states(b"[1]", ["a.npy"]) == b"[1]"
    found = decode_json(with_states(said, ["a.npy", "b.npy"]))
    assert found == {"states": {"a.npy": FAILED, "b.npy": NOT_YET}}
