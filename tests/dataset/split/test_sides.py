import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from faceshards.dataset.split.shares import SIDES, Shares
from faceshards.dataset.split.sides import sides_of


def flat(groups):
    return np.zeros(len(groups), np.int64)


def shares_of(sides):
    return [sides.count(side) / len(sides) for side in SIDES]


@settings(max_examples=30)
@given(st.lists(st.sampled_from([None, *"abcdefghij"]), min_size=1, max_size=60), st.integers(0, 3), st.randoms())
def test_nobody_stands_on_two_sides_whatever_the_order(groups, seed, random):
    shares = Shares(0.6, 0.2, 0.2)
    strata = np.array([len(str(one)) % 2 for one in groups])
    found = sides_of(groups, strata, shares, seed)
    assert all(side == "train" for one, side in zip(groups, found, strict=True) if one is None)
    of = {one: {side for each, side in zip(groups, found, strict=True) if each == one} for one in groups}
    assert all(len(sides) == 1 for sides in of.values())
    order = list(range(len(groups)))
    random.shuffle(order)
    mixed = sides_of([groups[row] for row in order], strata[order], shares, seed)
    assert mixed == [found[row] for row in order]


def test_shares_are_met_as_near_as_whole_persons_allow():
    groups = [f"p{n}" for n in range(200) for _ in range(1 + n % 9)]
    found = sides_of(groups, flat(groups), Shares())
    assert np.allclose(shares_of(found), (0.9, 0.05, 0.05), atol=0.002)
    assert sides_of(groups, flat(groups), Shares(), seed=1) != found
    one = sides_of(["a"] * 9, flat("a" * 9), Shares())
    assert set(one) == {"train"}, "a person larger than a small side stays where there is room"
    assert "test" not in sides_of(groups, flat(groups), Shares(0.9, 0.1, 0))


def test_each_side_gets_its_share_of_each_stratum():
    groups = [f"p{n}" for n in range(300) for _ in range(1 + n % 3)]
    strata = np.array([int(one[1:]) % 5 == 0 for one in groups], np.int64)
    found = np.array(sides_of(groups, strata, Shares(0.8, 0.1, 0.1)))
    for side, share in zip(SIDES, (0.8, 0.1, 0.1), strict=True):
        for stratum in (0, 1):
            assert abs((found[strata == stratum] == side).mean() - share) < 0.02


def test_those_who_have_a_side_keep_it():
    groups = [f"p{n}" for n in range(100) for _ in range(3)]
    first = sides_of(groups, flat(groups), Shares(0.8, 0.1, 0.1))
    more = [f"a{n}" for n in range(50)] + groups
    later = sides_of(more, flat(more), Shares(0.8, 0.1, 0.1), recorded=[None] * 50 + first)
    assert later[50:] == first and np.allclose(shares_of(later), (0.8, 0.1, 0.1), atol=0.01)


def test_what_a_model_may_have_been_trained_on_is_never_tested_on():
    groups = ["a", "a", "b", "b", "c"]
    found = sides_of(groups, flat(groups), Shares(), recorded=["test", "train", "test", "validation", "?"])
    assert found[:4] == ["train", "train", "validation", "validation"]
