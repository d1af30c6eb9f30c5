import pickle

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.packing.kinds.emoca.metadata import read_metadata, write_metadata
from faceshards.shards.pickles.unpickle import load_arrays
from faceshards.shards.schema.codecs import decode, encode
from tests.packing.kinds.emoca.conftest import Runs
from tests.packing.kinds.emoca.test_layout import assert_same_value

VALUES = [
    376,
    None,
    {"frames": 376, "fps": 25.0, "name": "V0-s1-00001", "ok": True, "none": None},
    {1: "one", "two": (2, [3, (4,)]), b"three": b"\0\xff", None: {}},
    [2**63, 2**64, -(2**63) - 1, 10**50, -0.0, float("inf")],
    {"py": "tuple", "of": [1]},
    {"a": {"py": 1}, "set": {1, "a"}, "frozen": frozenset([2]), "bytes": bytearray(b"x")},
    {"box": np.arange(6.0).reshape(2, 3).T, "score": np.float32(0.5), "names": np.array(["a", "bc"])},
    ["\udcff and Ã¼", "\ud800"],
    (),
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_value_comes_back_equal_through_the_column(value, protocol):
    body = pickle.dumps(value, protocol)
    kept = encode("metadata.msg", read_metadata(body))
    back = write_metadata(decode("metadata.msg", kept))
    assert_same_value(load_arrays(back), load_arrays(body))
    assert back[:2] == body[:2], "in the same protocol"


def test_plain_values_are_plain_in_the_column():
    assert read_metadata(pickle.dumps({"frames": 376}, 4)) == {"protocol": 4, "value": {"frames": 376}}


def test_a_pickle_that_is_more_than_values_is_refused_unrun(tmp_path):
    hostile = Runs(tmp_path / "ran")
    for body in (pickle.dumps(hostile), pickle.dumps([hostile], 0), b"", b"x" * 40, b"\x80\x04N"):
        with pytest.raises(ClipError, match=r"metadata\.pkl: ") as error:
            read_metadata(body)
        assert error.value.code == "unsafe-data"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "kept",
    [None, 3, {}, {"value": 1}, {"value": 1, "protocol": 99}, {"value": {"py": "os.system", "of": "x"}, "protocol": 4}],
)
def test_what_packing_did_not_make_is_not_written_back(kept):
    with pytest.raises(ClipError) as error:
        write_metadata(kept)
    assert error.value.code == "bad-column"
