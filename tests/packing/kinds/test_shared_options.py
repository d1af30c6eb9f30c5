import pytest

from faceshards.errors import UsageError
from faceshards.packing.kinds import shared_options as shared


def test_labels_are_those_that_were_given():
    assert shared.labels("a", None, "CC0", None) == {"source": "a", "licence": "CC0"}


def test_how_to_cut_needs_where(tmp_path):
    assert shared.cut_rules(None, 0.0, None, False) is None
    assert shared.cut_rules("10s", 1.0, 5.0, True).record() == {"every": 10, "least": 1, "most": 5, "exact": True}
    for given in ((1.0, None, False), (0.0, 5.0, False), (0.0, None, True)):
        with pytest.raises(UsageError, match="--cut"):
            shared.cut_rules(None, *given)


def test_what_is_cut_may_be_larger_than_what_is_read_whole():
    assert shared.entry_bytes(None, False) == 1 << 30 and shared.entry_bytes(None, True) == 1 << 40
    assert shared.entry_bytes("3M", True) == shared.entry_bytes("3M", False) == 3 << 20
