"""The stage `dwpose` against MediaPipe Holistic's own program, on the same frames of real clips."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.dwpose import DwPose
from faceshards.media.video.decode import frames
from faceshards.models.sessions.face_layouts import MESH_68
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, result_of
from tests.oracle import asked

pytestmark = pytest.mark.peers
ORACLE = Path(__file__).with_name("mediapipe_holistic.py")
FACE, HANDS = slice(24, 92), {"left": slice(92, 113), "right": slice(113, 134)}
#: Place in OpenPose's order -> MediaPipe's point of the body.
BODY = {0: 0, 2: 12, 3: 14, 4: 16, 5: 11, 6: 13, 7: 15, 8: 24, 11: 23, 14: 5, 15: 2, 16: 8, 17: 7}


@pytest.fixture(scope="module")
def stage() -> DwPose:
    return ready(DwPose())[0]


def seen(stage: DwPose, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The points of the one person of each picture, and scores."""
    result = result_of(stage, PicturesClip(pictures))
    assert isinstance(result, Outcome), result
    assert result.scores == {"persons": 1, "person_share": 1.0}
    return tuple(decode(name, result.columns[name]) for name in ("dwpose.npy", "dwpose_score.npy"))


@pytest.mark.parametrize(
    ("name", "hands"), [("livep_d20.mp4", ()), ("megactor_ENTF_1.mp4", ()), ("livep_s29.mp4", ("left",))]
)
@pytest.mark.parametrize("follow", [True, False])
def test_body_face_and_hands_are_theirs(stage, real, name, hands, follow):
    pictures = np.stack(list(islice(frames(real / "video" / name), 60))[:: 2 if follow else 12])
    theirs = asked(ORACLE, pictures=pictures, follow=follow)
    if follow:
        points, scores = seen(stage, pictures)
    else:
        points, scores = map(np.concatenate, zip(*(seen(stage, one[None]) for one in pictures), strict=True))
    shoulders = np.linalg.norm(theirs["pose"][:, 11] - theirs["pose"][:, 12], axis=1)[:, None]
    face_width = np.ptp(theirs["face"][..., 0], axis=1)[:, None]
    places, numbers = list(BODY), list(BODY.values())
    body = np.linalg.norm(points[:, places] - theirs["pose"][:, numbers], axis=2) / shoulders
    body = body[theirs["visibility"][:, numbers] > 0.5]
    face = np.linalg.norm(points[:, FACE] - theirs["face"][:, list(MESH_68)], axis=2) / face_width
    print(
        f"{name}, follow {follow}: body {np.median(body):.2%} of the shoulders, face {np.median(face):.2%} of its width"
    )
    assert np.median(body) < 0.035 and np.median(face) < (0.002 if follow else 0.015)
    for hand in hands:
        apart = np.linalg.norm(points[:, HANDS[hand]] - theirs[hand], axis=2) / face_width
        print(f"  {hand} hand {np.nanmedian(apart):.2%} of the face's width")
        assert np.nanmedian(apart) < 0.02 and (scores[:, HANDS[hand]] > 0.5).mean() > 0.9
