"""Whose face a swapped one is: what dlib is asked for, and the scores of it."""

import numpy as np
import pytest

from faceshards.curation.stages.swap.backend import SwappedPictures
from faceshards.curation.stages.swap.mesh_source import box_of
from faceshards.curation.stages.swap.nearness import Nearness, nearer
from faceshards.errors import StageError, WeightsError


def test_the_scores_are_medians_and_the_share_that_is_nearer_the_source():
    found = nearer(np.array([[0.3, 0.7], [0.5, 0.4], [0.4, 0.9]]))
    assert found == {"swapped_to_source_dlib": 0.4, "swapped_to_own_dlib": 0.7, "swapped_nearer_dlib": 0.6667}
    assert nearer(np.zeros((0, 2))) == {}


def test_without_dlib_one_line_names_the_extra(monkeypatch):
    monkeypatch.setattr("faceshards.curation.stages.swap.nearness.find_spec", lambda name: None)
    with pytest.raises(StageError, match=r"swap.identity needs dlib, which is not installed: .*\[identity\]"):
        Nearness()


def test_every_tenth_frame_that_was_swapped_is_held_against_both(astronaut, astronaut_mesh, hopper, hopper_source):
    pytest.importorskip("dlib", reason="needs the extra `identity`")
    try:
        nearness = Nearness()
    except WeightsError as error:
        pytest.skip(str(error))
    pictures = np.stack([astronaut] * 12)
    boxes = {number: box_of(astronaut_mesh) for number in (0, 1, 5, 11)}
    same = nearness.distances(pictures, 5, SwappedPictures(pictures, 12, 4, boxes), hopper_source)
    assert same.shape == (1, 2) and same[0, 1] == 0 and same[0, 0] > 0.6  # frame 10
    other = SwappedPictures(np.stack([hopper] * 12), 12, 1, {5: box_of(hopper_source.points)})
    assert nearness.distances(pictures, 4, other, hopper_source).shape == (0, 2)
