"""A mesh in a single picture: where the stage `landmarks` has it, or nowhere."""

import numpy as np

from faceshards.curation.stages.landmarks import Landmarks
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, result_of


def test_it_is_where_landmarks_has_it_and_nowhere_where_nobody_is(finder, astronaut, astronaut_mesh):
    result = result_of(*ready(Landmarks()), PicturesClip(np.stack([astronaut] * 3)))
    own = decode("landmarks.npy", result.columns["landmarks.npy"])[-1, :468]
    width = np.ptp(own[:, 0])
    assert np.linalg.norm(astronaut_mesh[:, :2] - own[:, :2], axis=1).mean() < 0.02 * width
    again = finder.again(astronaut, own + np.array([2, -1, 0]))
    assert np.linalg.norm(again[:, :2] - own[:, :2], axis=1).mean() < 0.02 * width
    assert finder.find(np.full((64, 96, 3), 90, np.uint8)) is None
