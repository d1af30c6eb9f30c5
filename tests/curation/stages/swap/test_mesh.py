"""The backend `mesh` on clips: which frames are swapped, which refused, and how meshes are steadied."""

import numpy as np
import pytest

from faceshards.curation.stages.swap.mesh import Mesh, kept, steadied
from tests.curation.conftest import moved, sway


@pytest.fixture(scope="module")
def pictures(astronaut) -> np.ndarray:
    """8 frames, in two of which there is nobody."""
    made = moved(astronaut, 8)
    made[3:5] = 90
    return made


@pytest.fixture(scope="module")
def rows(astronaut_mesh) -> dict[str, np.ndarray]:
    frames = np.array([0, 1, 2, 5, 6, 7])
    points = np.stack([astronaut_mesh + np.array([sway(int(frame)), 0, 0]) for frame in frames]).astype(np.float32)
    return {"frame": frames, "landmarks.npy": points}


def loaded(most_turned: float) -> Mesh:
    """The backend, its networks loaded."""
    mesh = Mesh(most_turned)
    mesh.load("cpu")
    return mesh


def part(rows: dict[str, np.ndarray], first: int, last: int) -> dict[str, np.ndarray]:
    inside = (rows["frame"] >= first) & (rows["frame"] <= last)
    return {name: one[inside] for name, one in rows.items()}


def test_frames_without_a_face_are_untouched_and_the_others_are_not(pictures, rows, hopper_source):
    made = loaded(35).drawn(pictures, 0, rows, hopper_source)
    assert (made.faced, len(made.boxes), made.pictures.shape) == (6, 6, pictures.shape)
    for number, frame in enumerate(made.pictures):
        assert np.array_equal(frame, pictures[number]) == (number in (3, 4))
    nobody = loaded(35).drawn(pictures[3:5], 3, {"frame": np.zeros(0, np.int64)}, None)
    assert (nobody.faced, len(nobody.boxes)) == (0, 0) and np.array_equal(nobody.pictures, pictures[3:5])


def test_a_part_of_a_clip_is_swapped_as_in_the_whole_given_a_frame_before_and_behind(pictures, rows, hopper_source):
    mesh = loaded(35)
    whole = mesh.drawn(pictures, 0, rows, hopper_source).pictures
    for first, behind in ((0, 2), (2, 6), (6, 8)):
        made = mesh.drawn(pictures[first:behind], first, part(rows, first - 1, behind), hopper_source)
        assert np.array_equal(made.pictures, whole[first:behind])


def test_a_face_that_looks_elsewhere_than_the_source_is_left_and_counted(pictures, rows, hopper_source):
    turn = np.radians(60)
    about = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    aside = {**rows, "landmarks.npy": rows["landmarks.npy"].copy()}
    middle = aside["landmarks.npy"][:2].mean(axis=1, keepdims=True)
    aside["landmarks.npy"][:2] = (aside["landmarks.npy"][:2] - middle) @ about.T + middle
    made = loaded(35).drawn(pictures, 0, aside, hopper_source)
    assert (made.faced, len(made.boxes)) == (6, 4)
    made = loaded(35).drawn(pictures[:1], 0, part(aside, 0, 0), hopper_source)
    assert (made.faced, len(made.boxes)) == (1, 0) and np.array_equal(made.pictures, pictures[:1])
    assert loaded(90).drawn(pictures[:1], 0, part(aside, 0, 0), hopper_source).boxes
    tiny = {**rows, "landmarks.npy": rows["landmarks.npy"] * np.float32(0.15)}
    assert loaded(90).drawn(pictures, 0, tiny, hopper_source).boxes == {}


def test_steadying_is_the_mean_with_neighbours_that_are_near(rows):
    frames, points = rows["frame"], rows["landmarks.npy"].astype(np.float64)
    steady = steadied(frames, points)
    assert steady[1] == pytest.approx((points[0] + 6 * points[1] + points[2]) / 8)
    for alone in (0, 2, 3, 5):  # beside a frame without a face, or at an end
        assert np.array_equal(steady[alone], points[alone])
    points[5] += 80  # another face
    assert np.array_equal(steadied(frames, points)[4], points[4])


def test_how_a_mouth_speaks_is_a_correlation_and_nothing_of_a_mouth_that_stays(pictures, rows, hopper_source):
    mouths = np.array([[0.0, 0.01], [0.04, 0.05], [0.08, 0.11]])
    assert kept(mouths) == {"swapped_expression": 0.9934}
    assert kept(mouths[:2]) == kept(mouths * 0.02) == {}
    made = loaded(35).drawn(pictures, 0, rows, hopper_source)
    assert made.mouths.shape == (2, 2) and kept(made.mouths) == {}  # frames 0 and 6
