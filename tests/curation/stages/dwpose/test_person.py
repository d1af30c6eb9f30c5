"""MediaPipe's points at the places of COCO-WholeBody; one hand that was taken for both."""

import numpy as np

from faceshards.curation.stages.dwpose.openpose import in_openpose_order
from faceshards.curation.stages.dwpose.person import BodyPart, BodyPose, Person, Stance
from faceshards.models.sessions.face_layouts import MESH_68


def body() -> BodyPose:
    """Point k at k, 10 k, visible 0.5 and within the picture k / 100."""
    k = np.arange(39, dtype=np.float32)
    return BodyPose(np.stack([k, 10 * k, np.full(39, 0.5, np.float32), k / 100], axis=1), np.array([0, 0, 9, 9.0]))


def part(count: int, score: float, start: float = 1000.0) -> BodyPart:
    return BodyPart(start + np.arange(2 * count, dtype=np.float32).reshape(count, 2), score)


def test_each_point_has_its_place_and_score():
    face, left, right = part(468, 0.9), part(21, 0.8, 2000), part(21, 0.7, 3000)
    points, scores = (one[None] for one in Person(body(), face, (left, right)).wholebody())
    order, known = in_openpose_order(points, scores)
    # OpenPose's body: nose, neck, right shoulder, elbow, wrist, left ones, right hip, knee, ankle, left ones, right
    # eye, left eye, right ear, left ear.
    mediapipe = [0, None, 12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25, 27, 5, 2, 8, 7]
    for place, number in enumerate(mediapipe):
        if number is not None:
            assert order[0, place].tolist() == [number, 10 * number]
            assert known[0, place] == np.float32(0.5) * np.float32(number / 100)
    assert order[0, 1].tolist() == [11.5, 115]
    feet = {18: 31, 20: 29, 21: 32, 23: 30}  # left big toe and heel, right ones
    for place, number in feet.items():
        assert order[0, place].tolist() == [number, 10 * number]
    assert not order[0, [19, 22]].any() and not known[0, [19, 22]].any()
    np.testing.assert_array_equal(order[0, 24:92], face.points[list(MESH_68)])
    np.testing.assert_array_equal(order[0, 92:113], left.points)
    np.testing.assert_array_equal(order[0, 113:134], right.points)
    np.testing.assert_allclose(known[0, [24, 91, 92, 112, 113, 133]], [0.9, 0.9, 0.8, 0.8, 0.7, 0.7], rtol=1e-6)


def test_what_was_not_found_is_zero():
    points, scores = Person(body(), None, (None, part(21, 0.6))).wholebody()
    assert not points[23:112].any() and not scores[23:112].any() and points[112:].all() and scores[112:].all()


def test_one_hand_taken_for_both_is_that_of_the_nearer_wrist():
    pose = body()  # its left wrist is at 15, 150, its right one at 16, 160
    spread = np.stack([np.arange(21.0), 40 * (np.arange(21) % 4.0)], axis=1)
    at_right = BodyPart((spread - spread[0] + [16, 161]).astype(np.float32), 0.9)
    again = BodyPart(at_right.points + 1, 0.8)
    assert pose.own(again, at_right) == (None, at_right)
    at_left = BodyPart((spread - spread[0] + [15, 149]).astype(np.float32), 0.9)
    assert pose.own(at_left, BodyPart(at_left.points + 1, 0.8))[1] is None
    elsewhere = BodyPart(at_left.points + 300, 0.9)
    assert pose.own(at_left, elsewhere) == (at_left, elsewhere) and pose.own(None, elsewhere) == (None, elsewhere)


def test_persons_a_shoulder_s_width_apart_are_two():
    one = Stance(np.array([50.0, 50.0]), 100)
    assert one.near(Stance(np.array([69.0, 50.0]), 110)) and not one.near(Stance(np.array([71.0, 50.0]), 110))
    assert not one.near(Stance(np.array([69.0, 50.0]), 50))  # a child before a man
    assert body().stance.middle.tolist() == [11.5, 115]
