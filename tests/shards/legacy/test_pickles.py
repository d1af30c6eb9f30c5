import pickle

import numpy as np
import pytest

from faceshards.shards.legacy.pickles import pickled
from tests.shards.legacy.old_tars import floats, same

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def test_pickles_name_what_old_numpy_knows():
    value = {"a": floats(2, 3), "b": [np.zeros(4, np.float32)], "c": b"numpy._core.multiarray", "d": "numpy._core.x"}
    body = pickled(value)
    assert body[:2] == b"\x80\x03" and body.count(b"numpy._core") == 2  # those of the values
    again = pickle.loads(body)  # noqa: S301 - our own bytes
    assert all(same(value[name], again[name]) for name in value)
