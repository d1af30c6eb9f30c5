import pytest

from faceshards.dataset.persons.links import links
from tests.dataset.persons.people import SPACE, evidence


def linked(*clips):
    found = links(evidence(*clips), SPACE)
    return set(zip(found.first.tolist(), found.second.tolist(), strict=True))


@pytest.mark.parametrize(
    ("apart", "voices", "is_linked"),
    [
        (0.5, (0, 90), True),  # sure: a voice over it says nothing
        (0.7, (None, None), True),
        (0.7, (0, None), True),
        (0.7, (0, 45), True),
        (0.7, (0, 50), False),  # two voices
        (0.9, (None, None), False),
        (0.9, (0, 45), False),
        (0.9, (0, 41), True),  # one voice
        (1.01, (0, 0), False),  # never
    ],
)
def test_a_voice_decides_where_faces_do_not(apart, voices, is_linked):
    one, other = voices
    assert linked(((0, 0), one, None), ((apart, 0), other, None)) == ({(0, 1)} if is_linked else set())


def test_a_narrator_joins_nobody():
    two = (((0, 0), 0, None), ((0.9, 0), 5, None))
    assert linked(*two) == {(0, 1)}
    assert linked(*two, ((9, 9), 10, None)) == set(), "the same voice over another face"
    assert linked(*two, (None, 10, None)) == {(0, 1)}, "a voice without a face is nobody else's"


def test_two_names_are_never_linked_and_clips_without_a_face_neither():
    assert linked(((0, 0), None, "A"), ((0.1, 0), None, "B"), ((0.2, 0), None, "A")) == {(0, 2)}
    assert linked((None, 0, None), (None, 0, None), ((0, 0), 0, None)) == set()
    assert linked() == set()
