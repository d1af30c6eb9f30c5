"""The stage `swap` on clips: frames without a face, whose face it is, and the jitter of points."""

from fractions import Fraction
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest

from faceshards.curation.face_swap import SourceFace
from faceshards.curation.face_table import FaceArrays
from faceshards.curation.faces import Faces, load_mtcnn
from faceshards.curation.swap import steadied, swapped
from faceshards.media.video.decode import frames
from tests.curation.conftest import moved


@pytest.fixture(scope="module")
def faces() -> Faces:
    stage = Faces()
    stage.prepare()
    return stage


def table(stage: Faces, pictures: np.ndarray) -> FaceArrays:
    return FaceArrays.of(stage.one(SimpleNamespace(frames=pictures, fps=Fraction(25))).columns["faces.msg"])


def source(picture: np.ndarray) -> tuple[SourceFace, np.ndarray]:
    found = load_mtcnn(40).detect(picture)
    points = found.points[int((found.boxes[:, 2] - found.boxes[:, 0]).argmax())]
    return SourceFace.cut("source", picture, points), points


def test_frames_without_a_face_are_untouched_and_the_others_are_not(faces, astronaut, hopper):
    pictures = moved(astronaut, 12)
    pictures[4:7] = np.arange(256, dtype=np.uint8)[None, :, None]
    found = table(faces, pictures)
    made = list(swapped(pictures, found, source(hopper)[0]))
    assert len(made) == 12
    for number, frame in enumerate(made):
        assert np.array_equal(frame, pictures[number]) == (number in (4, 5, 6))


def test_steadying_is_the_binomial_mean_within_a_track():
    rng = np.random.default_rng(0)
    points = rng.normal(100, 3, (5, 5, 2)).astype(np.float32)
    record = FaceArrays(np.array([0, 1, 2, 3, 1]), np.array([0, 0, 0, 0, 1]), np.zeros((5, 4)), points, np.ones(5))
    steady = steadied(record)
    assert steady[1] == pytest.approx((points[0] + 2 * points[1] + points[2]) / 4)
    for alone in (0, 3, 4):  # the ends of a track, and a face seen once
        assert np.array_equal(steady[alone], points[alone])


# target <- source, of different people and formats; the last is a clip with a small face in a large frame
PAIRS = [
    ("megactor_ENTF_1.mp4", "livep_d20.mp4"),
    ("livep_d20.mp4", "grid_bbaf2n.mpg"),
    ("grid_bbaf2n.mpg", "livep_d10.mp4"),
    ("sadtalker_wda_aoc.mp4", "vretalk_face2.mp4"),
    ("terryky_iris_pexels.mp4", "megactor_CHTF_2.mp4"),
    ("latentsync_demo1.mp4", "aniportrait_pose_ref.mp4"),
]


def test_swapped_real_clips_are_nearer_to_the_source_than_to_the_target(faces, real, monkeypatch):
    pytest.importorskip("onnxruntime")
    from faceshards.models.sessions.mobilefacenet import MobileFaceNet
    from faceshards.models.weights import registry

    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(real / "weights"))
    net = MobileFaceNet(registry.find("mobilefacenet"))
    near = []
    for target, other in PAIRS:
        pictures = np.stack(list(islice(frames(real / "video" / target), 0, 60, 5)))
        face, points = source(next(iter(frames(real / "video" / other))))
        theirs = net.embed(next(iter(frames(real / "video" / other))), points)[0]
        found = table(faces, pictures)
        assert len(set(found.frame)) >= 0.95 * len(pictures)
        for number, frame in enumerate(swapped(pictures, found, face)):
            for row in np.flatnonzero(found.frame == number)[:1]:
                seen = net.embed(frame, found.points[row])[0]
                own = net.embed(pictures[number], found.points[row])[0]
                near.append((target, float(seen @ theirs), float(seen @ own)))
    assert len(near) >= 60
    share = np.mean([to_source > to_target for _, to_source, to_target in near])
    assert share >= 0.9, near  # the rule is 0.8
