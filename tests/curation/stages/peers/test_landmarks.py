"""The stage `landmarks` against MediaPipe's own program, on the same frames of real clips."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.media.video.decode import frames
from faceshards.models.sessions.face_mesh import MESH_POINTS
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, result_of
from tests.oracle import asked

pytestmark = pytest.mark.peers
ORACLE = Path(__file__).with_name("mediapipe_face_mesh.py")


@pytest.mark.parametrize("name", ["livep_d20.mp4", "megactor_ENTF_1.mp4", "grid_bbaf2n.mpg"])
def test_the_mesh_is_theirs_and_the_irises_are_near_their_newer_network_s(real, name):
    pictures = np.stack(list(islice(frames(real / "video" / name), 48)))
    (stage,) = ready(Landmarks())
    result = result_of(stage, PicturesClip(pictures))
    assert isinstance(result, Outcome), result
    ours = decode("landmarks.npy", result.columns["landmarks.npy"])
    assert len(ours) == len(pictures)
    width = np.ptp(ours[:, :MESH_POINTS, 0], axis=1)
    mesh = asked(ORACLE, pictures=pictures, follow=True, irises=False)["points"]
    apart = np.linalg.norm(ours[:, :MESH_POINTS, :2] - mesh[..., :2], axis=2) / width[:, None]
    refined = asked(ORACLE, pictures=pictures, follow=True, irises=True)["points"]
    irises = np.linalg.norm(ours[:, MESH_POINTS:, :2] - refined[:, MESH_POINTS:, :2], axis=2) / width[:, None]
    print(f"{name}: of the face's width, mesh {np.median(apart):.2%}, irises {np.median(irises):.2%}")
    assert np.median(apart) < 0.01 and np.quantile(apart, 0.95) < 0.03
    assert np.median(irises) < 0.02
