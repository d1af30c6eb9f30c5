import numpy as np
import pytest

from faceshards.dataset.persons.clusters import Clusters
from faceshards.dataset.persons.links import links
from faceshards.dataset.persons.naming import persons_of
from tests.dataset.persons.people import SPACE, evidence


def named(numbers, *clips, scores=None):
    known = evidence(*clips)
    membership = np.where(np.array(numbers) < 0, 0.0, scores or 0.5)
    return persons_of(known, Clusters(np.array(numbers, np.int64), membership), links(known, SPACE))


def face(x, name=None, found=None):
    return (x, 0), None, name, found


def test_a_new_person_is_called_after_the_first_of_its_clips():
    found = named([1, 0, 1, -1], face(0), face(5), face(0.1), face(9))
    assert found.names == ["person-s-k0", "person-s-k1", "person-s-k0", None] and found.scores == [0.5, 0.5, 0.5, 0]


def test_a_person_that_was_found_keeps_its_name():
    found = named([0, 0, 0], face(0), face(0.1, found="person-s-k1"), face(0.2, found="person-s-k1"))
    assert found.names == ["person-s-k1"] * 3
    parted = named([0, 0, 1, 1, 1], *(face(x, found="person-s-k0") for x in (0, 0.1, 5, 5.1, 5.2)))
    assert parted.names == ["person-s-k1"] * 2 + ["person-s-k0"] * 3, "most of its clips keep it"
    joined = named([0, 0, 0], face(0, found="b"), face(0.1, found="a"), face(0.2))
    assert joined.names == ["a"] * 3


def test_who_has_a_name_keeps_it_and_others_are_the_nearest_of_them():
    found = named([0, 0, 0, -1], face(0, "A"), face(0.1), face(0.2, found="x"), face(9, "B"))
    assert found.names == ["A", "A", "A", "B"] and found.scores == [1, 0.5, 0.5, 1]
    both = named([0] * 5, face(0, "A"), face(0.3), face(0.5), face(1.2, "B"), face(0.9))
    assert both.names == ["A", "A", "A", "B", "B"]


def test_no_name_is_given_twice():
    clips = [face(0, "person-s-k1"), face(5), face(5.1), face(7, found="person-s-k1"), face(7.1)]
    found = named([-1, 0, 0, 1, 1], *clips)
    assert found.names == ["person-s-k1", "person-s-k2", "person-s-k2", "person-s-k3", "person-s-k3"]


@pytest.mark.parametrize("count", [0, 2])
def test_nobody(count):
    assert named([-1] * count, *(face(9 * x) for x in range(count))).names == [None] * count
