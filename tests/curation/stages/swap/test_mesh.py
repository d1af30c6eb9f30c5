"""The backend `mesh` on clips: which frames are swapped, which refused, and how meshes are steadied."""

import numpy as np
import pytest

from faceshards.curation.stages.swap.mesh import Mesh, steadied
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


def part(rows: dict[str, np.ndarray], first: int, last: int) -> dict[str, np.ndarray]:
    inside = (rows["frame"] >= first) & (rows["frame"] <= last)
    return {name: one[inside] for name, one in rows.items()}


def test_frames_without_a_face_are_untouched_and_the_others_are_not(pictures, rows, hopper_source):
    made = Mesh(35).drawn(pictures, 0, rows, hopper_source)
    assert (made.faced, made.swapped, made.pictures.shape) == (6, 6, pictures.shape)
    for number, frame in enumerate(made.pictures):
        assert np.array_equal(frame, pictures[number]) == (number in (3, 4))
    nobody = Mesh(35).drawn(pictures[3:5], 3, {"frame": np.zeros(0, np.int64)}, None)
    assert (nobody.faced, nobody.swapped) == (0, 0) and np.array_equal(nobody.pictures, pictures[3:5])


def test_a_part_of_a_clip_is_swapped_as_in_the_whole_given_a_frame_before_and_behind(pictures, rows, hopper_source):
    mesh = Mesh(35)
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
    made = Mesh(35).drawn(pictures, 0, aside, hopper_source)
    assert (made.faced, made.swapped) == (6, 4)
    made = Mesh(35).drawn(pictures[:1], 0, part(aside, 0, 0), hopper_source)
    assert (made.faced, made.swapped) == (1, 0) and np.array_equal(made.pictures, pictures[:1])
    assert Mesh(90).drawn(pictures[:1], 0, part(aside, 0, 0), hopper_source).swapped == 1
    tiny = {**rows, "landmarks.npy": rows["landmarks.npy"] * np.float32(0.15)}
    assert Mesh(90).drawn(pictures, 0, tiny, hopper_source).swapped == 0


def test_steadying_is_the_binomial_mean_of_neighbours_that_are_near(rows):
    frames, points = rows["frame"], rows["landmarks.npy"].astype(np.float64)
    steady = steadied(frames, points)
    assert steady[1] == pytest.approx((points[0] + 2 * points[1] + points[2]) / 4)
    for alone in (0, 2, 3, 5):  # beside a frame without a face, or at an end
        assert np.array_equal(steady[alone], points[alone])
    points[5] += 80  # another face
    assert np.array_equal(steadied(frames, points)[4], points[4])
