"""The three shards of `data` hold the samples 0 to 39, 40 to 46 and 47 to 99."""

import tarfile

import numpy as np
import pytest

from faceshards.errors import ColumnError, StaleIndex, UsageError
from faceshards.loaders.plan.extents import Extents
from faceshards.loaders.plan.plan import _check_bounds, resolve


@pytest.fixture
def holey(write_shard):
    """Ten samples, of which those of odd number have no ragged.npy."""

    def change(number, sample):
        if number % 2:
            sample["ragged.npy"] = b""

    return write_shard("holey", range(10), change)


def key(number: int) -> str:
    return f"{'a' if number < 40 else 'b' if number < 47 else 'c'}-{number:04d}"


def test_units_are_the_matching_rows_shard_after_shard(data):
    plan = resolve([data], ["x.npy"], "number % 10 = 3", scalars=["number", "unheard of"])
    numbers = [3, 13, 23, 33, 43, 53, 63, 73, 83, 93]
    assert (len(plan), plan.seen, plan.counts, plan.starts.tolist()) == (10, 100, [4, 1, 5], [0, 4, 5, 10])
    assert [plan.key(unit) for unit in range(10)] == [key(number) for number in numbers]
    assert plan.scalars.keys() == {"number"} and plan.scalars["number"].tolist() == numbers
    assert plan.source_of(np.arange(10)).tolist() == [0, 0, 0, 0, 1, 2, 2, 2, 2, 2]
    assert plan.shard_and_row(4) == (data / "b.tar", 3) and plan.shard_and_row(9) == (data / "c.tar", 46)
    assert plan.units_of(2) == slice(5, 10) and plan.shards == (data / "a.tar", data / "b.tar", data / "c.tar")


def test_extents_are_where_the_tar_has_its_members(data):
    plan = resolve([data], ["x.npy"], "number >= 38 AND number < 42")
    for unit, number in enumerate((38, 39, 40, 41)):
        place, _ = plan.shard_and_row(unit)
        with tarfile.open(place) as tar:
            member = tar.getmember(f"{key(number)}.x.npy")
        extents = plan.extents["x.npy"]
        assert (extents.offset[unit], extents.size[unit]) == (member.offset_data, member.size)


def test_a_shard_without_a_matching_row_is_not_touched(data):
    plan = resolve([data], ["x.npy"], "number < 40")
    assert plan.counts == [40, 0, 0] and [source.place.name for source in plan.touched] == ["a.tar"]


def test_the_plan_of_some_units_is_that_of_a_filter_which_leaves_them(data):
    whole, some = resolve([data], ["x.npy"]), resolve([data], ["x.npy"], "number % 7 = 0")
    for units in (np.arange(0, 100, 7), np.arange(100) % 7 == 0):
        kept = whole.kept(units)
        assert (kept.digest, kept.counts, kept.keys) == (some.digest, some.counts, some.keys)
        np.testing.assert_array_equal(kept.extents["x.npy"].offset, some.extents["x.npy"].offset)
        assert [mine.tolist() for mine in kept.rows] == [mine.tolist() for mine in some.rows]


def test_the_digest_hangs_on_rows_and_nothing_else(data):
    digest = resolve([data], ["x.npy"]).digest
    assert resolve([data], ["x.npy", "json"], window=3).digest == digest
    assert resolve([data], ["x.npy"], "number >= 0").digest == digest
    assert resolve([data], ["x.npy"], "number > 0").digest != digest
    assert resolve([data / "b.tar", data / "a.tar", data / "c.tar"], ["x.npy"]).digest != digest


@pytest.mark.parametrize(("missing", "units"), [("skip", 5), ("none", 10)])
def test_samples_that_lack_a_column_are_skipped_or_kept(holey, missing, units):
    plan = resolve([holey], ["ragged.npy"], missing=missing)
    assert len(plan) == units
    assert plan.extents["ragged.npy"].filled.tolist() == ([True] * 5 if missing == "skip" else [True, False] * 5)


def test_a_sample_that_lacks_a_column_is_an_error_that_names_it_and_the_remedies(holey):
    with pytest.raises(ColumnError, match=r"holey.tar: 5 sample\(s\) .*'ragged.npy', first 'holey-0001'.*'skip'"):
        resolve([holey], ["ragged.npy"])
    with pytest.raises(ColumnError, match=r"4 sample\(s\)"):
        resolve([holey], ["ragged.npy"], "number != 7")
    assert len(resolve([holey], ["x.npy"], also=["ragged.npy", "unheard.of"])) == 10


@pytest.mark.parametrize("missing", ["error", "skip", "none"])
def test_a_column_that_no_shard_knows_is_an_error_that_says_what_there_is(holey, missing):
    with pytest.raises(ColumnError, match=r"holey.tar has no column 'y.npy', only .*x.npy"):
        resolve([holey], ["y.npy"], missing=missing)


def test_a_column_that_a_stage_makes_names_the_stage(holey):
    with pytest.raises(ColumnError, match=r"run `faceshards curate .*holey\.tar --stages "):
        resolve([holey], ["spectrogram.npy"])


def test_no_row_and_no_policy_are_refused(data):
    with pytest.raises(
        UsageError, match=r"no row has face_share, faces_max \(the stage faces makes it: `faceshards cu"
    ):
        resolve([data], ["x.npy"], "faces-v1")
    with pytest.raises(UsageError, match=r"where='' is no filter"):
        resolve([data], ["x.npy"], "")
    with pytest.raises(UsageError, match=r"no row of 3 shard\(s\) matches where='number > 99'"):
        resolve([data], ["x.npy"], "number > 99")
    with pytest.raises(UsageError, match="missing must be one of error, skip, none, got 'drop'"):
        resolve([data], ["x.npy"], missing="drop")


@pytest.mark.parametrize(("offset", "size", "fits"), [(-10, 10, True), (-9, 10, False), (-10, 11, False)])
def test_an_index_that_places_a_body_outside_its_shard_is_stale(data, offset, size, fits):
    source = resolve([data / "a.tar"], ["x.npy"]).sources[0]
    extents = {"x.npy": Extents(np.array([source.size + offset]), np.array([size]), np.array([-1]))}
    if fits:
        _check_bounds([source], np.array([0, 1]), extents)
    else:
        with pytest.raises(StaleIndex, match=r"places x\.npy outside its shard"):
            _check_bounds([source], np.array([0, 1]), extents)
