"""Fields as columns: every name finds one, and those that packing needs stay free."""

import pytest

from faceshards.packing.kinds.webdataset.fields import column_of, is_pickle
from faceshards.shards.schema.columns import check_names


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("mp4", "mp4"),
        ("JPG", "jpg"),
        ("swapped.mp4", "swapped.mp4"),
        ("mp4_styled", "mp4_styled"),
        ("json", "original.json"),
        ("mp4.packets.npy", "original.mp4.packets.npy"),
        ("packets.npy", "original.packets.npy"),
        ("original.json", "original.original.json"),
        ("a map.png", "a_map.png"),
        ("-x..npy", "_x._.npy"),
        ("größe", "gr__e"),
        ("a.", "a._"),
    ],
)
def test_a_field_has_a_column_that_a_shard_may_have(field, column):
    assert column_of(field) == column
    check_names([column, "json"], "a.tar")


def test_pickles_are_known_by_any_of_their_suffixes():
    assert all(map(is_pickle, ("pyd", "feat.PKL", "pth", "pickle.gz")))
    assert not any(map(is_pickle, ("json", "npy", "pydantic")))
