from hypothesis import given
from hypothesis import strategies as st

from faceshards.viewer.report.selection import covering


def test_few_clips_cover_all_features():
    features = [frozenset(one) for one in ("a", "a", "ab", "c", "a", "cd", "")]
    assert covering(features, 2) == [2, 5]


def test_of_many_alike_not_always_the_first_is_taken():
    features = [frozenset([f"person {place // 10}", f"source {place // 50}"]) for place in range(100)]
    assert covering(features, 4) == [0, 12, 23, 51]
    assert len({place % 10 for place in covering(features, 10)}) > 4


def test_the_rest_is_spread_evenly():
    assert covering([frozenset("a")] * 100, 5) == [0, 1, 25, 50, 75]


def test_all_are_chosen_where_there_is_room():
    assert covering([frozenset("a")] * 3, 10) == [0, 1, 2]
    assert covering([], 10) == []
    assert covering([frozenset("a")], 0) == []


@given(st.lists(st.frozensets(st.sampled_from("abcdefgh"), max_size=3)), st.integers(0, 12))
def test_places_are_distinct_and_as_many_as_can_be(features, most):
    chosen = covering(features, most)
    assert chosen == sorted(set(chosen)) and len(chosen) == min(most, len(features))
    wanted = frozenset().union(*features)
    if len(wanted) <= most:
        assert frozenset().union(*(features[place] for place in chosen)) == wanted
