import numpy as np
import pytest

from faceshards.dataset.persons.clusters import clustered
from faceshards.dataset.persons.near import NearPairs, near_pairs

pytest.importorskip("sklearn")


def of(rows, sure=0.6):
    rows = np.asarray(rows, np.float32).reshape(-1, 2)
    found = clustered(near_pairs(rows), len(rows), sure)
    assert ((found.membership >= 0) & (found.membership <= 1)).all()
    assert ((found.numbers < 0) == (found.membership == 0)).all()
    return found


def test_two_clips_are_enough_and_one_is_nobody():
    found = of([(0, 0), (0.7, 0), (5, 5)])
    assert found.numbers.tolist() == [0, 0, -1] and found.membership.tolist() == [1, 1, 0]


def test_one_person_in_two_recordings_stays_one_and_two_persons_at_the_threshold_are_two():
    recordings = [(x + dx, 0) for x in (0, 0.55) for dx in (0, 0.02, 0.04)]
    assert of(recordings).numbers.tolist() == [0] * 6
    strangers = [(x + dx, 0) for x in (0, 0.97) for dx in (0, 0.02, 0.04)]
    assert of(strangers).numbers.tolist() == [0, 0, 0, 1, 1, 1]


def test_who_is_less_like_the_others_is_less_sure():
    found = of([(0, 0), (0.1, 0), (0.2, 0), (0.9, 0)])
    assert found.numbers.tolist() == [0] * 4 and found.membership[3] < found.membership[0] == 1


def test_a_clip_that_stands_there_twice_leaves_the_others_their_share():
    found = of([(0, 0), (0, 0), (0.5, 0), (0.5, 0.1)])
    assert found.numbers.tolist() == [0] * 4 and found.membership.min() == 1


def test_groups_are_numbered_through_and_nobody_linked_is_nobody():
    found = of([(9, 9), (0, 0), (9, 9.1), (0.1, 0), (4, 4)])
    assert found.numbers[0] == found.numbers[2] != found.numbers[1] == found.numbers[3]
    assert sorted(set(found.numbers.tolist())) == [-1, 0, 1]
    none = NearPairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    assert clustered(none, 3, 0.6).numbers.tolist() == [-1] * 3 and len(clustered(none, 0, 0.6).numbers) == 0
