"""The stage `swap` by five points: frames without a face, whose face it is, and the jitter of points."""

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from faceshards.curation.engine import Failure, Outcome
from faceshards.curation.engine.stage import Result
from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.stages.face_crop import FaceCrop
from faceshards.curation.stages.faces.faces import Faces, FacesParams, load_mtcnn
from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.curation.stages.swap.blend import Blend, steadied
from faceshards.curation.stages.swap.face_swap import SourceFace
from faceshards.curation.stages.swap.sources import digests_of
from faceshards.curation.stages.swap.swap import Swap, SwapParams
from faceshards.media.video.decode import frames
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from tests.curation.conftest import moved
from tests.curation.on_pictures import PicturesClip, result_of, results_of


@pytest.fixture(scope="module")
def faces() -> Faces:
    stage = Faces(FacesParams(backend="mtcnn"))
    stage.setup()
    return stage


def found_by(stage: Faces, pictures: np.ndarray) -> dict[str, Any]:
    """The value of `faces.msg`."""
    outcome = result_of(stage, PicturesClip(pictures))
    assert isinstance(outcome, Outcome)
    return decode("faces.msg", outcome.columns["faces.msg"])


def source(picture: np.ndarray) -> tuple[SourceFace, np.ndarray]:
    found = load_mtcnn(40).detect(picture)
    points = found.points[int((found.boxes[:, 2] - found.boxes[:, 0]).argmax())]
    return SourceFace.cut("source", picture, points), points


@pytest.fixture(scope="module")
def pictures(astronaut) -> np.ndarray:
    """12 frames of a face, but for three in which there is none."""
    made = moved(astronaut, 12)
    made[4:7] = np.arange(256, dtype=np.uint8)[None, :, None]
    return made


@pytest.fixture(scope="module")
def record(faces, pictures) -> dict[str, Any]:
    return found_by(faces, pictures)


@pytest.fixture(scope="module")
def swap(tmp_path_factory, hopper) -> Swap:
    """It has one portrait to take a face from."""
    folder = tmp_path_factory.mktemp("portraits")
    Image.fromarray(hopper).save(folder / "hopper.png")
    stage = Swap(SwapParams("blend", str(folder), digests=digests_of(folder)))
    stage.setup()
    return stage


def swapped(pictures: np.ndarray, first: int, faces: FaceArrays, face: SourceFace) -> np.ndarray:
    """The pictures as the backend draws them, given these faces."""
    rows = {"frame": faces.frame, "track": faces.track, "box": faces.boxes, "points": faces.points}
    return Blend(40).drawn(pictures, first, {**rows, "score": faces.scores}, face).pictures


def test_frames_without_a_face_are_untouched_and_the_others_are_not(pictures, record, hopper):
    made = swapped(pictures, 0, FaceArrays.of(record), source(hopper)[0])
    assert made.shape == pictures.shape and made.dtype == np.uint8
    for number, frame in enumerate(made):
        assert np.array_equal(frame, pictures[number]) == (number in (4, 5, 6))


def rows(faces: FaceArrays, first: int, last: int) -> FaceArrays:
    """Those of the frames `first` to `last`."""
    inside = (faces.frame >= first) & (faces.frame <= last)
    parts = (faces.frame, faces.track, faces.boxes, faces.points, faces.scores)
    return FaceArrays(*(part[inside] for part in parts))


def test_a_part_of_a_clip_is_swapped_as_in_the_whole_given_the_faces_of_a_frame_before_and_behind(
    pictures, record, hopper
):
    every, face = FaceArrays.of(record), source(hopper)[0]
    whole = swapped(pictures, 0, every, face)
    for first, behind in ((0, 2), (2, 4), (7, 9), (9, 12)):
        part = pictures[first:behind]
        assert np.array_equal(swapped(part, first, rows(every, first - 1, behind), face), whole[first:behind])
    bare = swapped(pictures[9:11], 9, rows(every, 9, 10), face)
    assert not np.array_equal(bare, whole[9:11])  # unsteadied


def test_the_video_does_not_depend_on_where_chunks_end_nor_on_whether_faces_are_live_or_stored(
    faces, swap, pictures, record
):
    columns = {"faces.msg": record}
    whole = result_of(swap, PicturesClip(pictures, columns=columns, chunk=100))
    assert whole.scores == {"swapped_source": "hopper.png", "swapped_refused": 0.0}
    for chunk in (1, 3):
        assert result_of(swap, PicturesClip(pictures, columns=columns, chunk=chunk)) == whole
        assert results_of([faces, swap], PicturesClip(pictures, chunk=chunk))["swap"] == whole
    both = results_of([FaceCrop(), swap], PicturesClip(pictures, columns=columns, chunk=5))  # two read one column
    assert both["swap"] == whole and isinstance(both["face_crop"], Outcome)
    shown = np.stack(list(frames(whole.columns["swapped.mp4"]))).astype(int)
    apart = np.abs(shown - pictures).mean(axis=(1, 2, 3))
    assert len(shown) == 12 and apart[4:7].max() < 3 < apart[[0, 3, 7, 11]].min()


def test_a_clip_without_a_face_leaves_no_video_behind(faces, swap):
    grey = np.full((7, 64, 96, 3), 90, np.uint8)
    found = results_of([faces, swap], PicturesClip(grey, chunk=3))
    assert isinstance(found["faces"], Outcome)
    assert found["swap"] == Failure("no-face", "no face in any of 7 frames")


def of_shard(path: Path, faces: Faces, stages: list[Any]) -> list[dict[str, Result]]:
    with Shard(path) as shard:
        clips = (SharedClip(shard, row, shard.json(row)) for row in range(len(shard)))
        return [results_of([faces, *stages], clip) for clip in clips]


def test_without_a_folder_the_face_is_that_of_another_clip_of_the_shard(faces, some_shard):
    stage = Swap(SwapParams("blend"))
    stage.setup()
    one, other = of_shard(some_shard("two", "astro 1", "hopper.1"), faces, [stage])
    assert (one["swap"].scores, other["swap"].scores) == (
        {"swapped_source": "hopper.1", "swapped_refused": 0.0},
        {"swapped_source": "astro 1", "swapped_refused": 0.0},
    )
    (alone,) = of_shard(some_shard("one", "astro 1"), faces, [stage])
    assert isinstance(alone["swap"], Failure) and alone["swap"].code == "no-source-face"


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
        found = FaceArrays.of(found_by(faces, pictures))
        assert len(set(found.frame)) >= 0.95 * len(pictures)
        for number, frame in enumerate(swapped(pictures, 0, found, face)):
            for row in np.flatnonzero(found.frame == number)[:1]:
                seen = net.embed(frame, found.points[row])[0]
                own = net.embed(pictures[number], found.points[row])[0]
                near.append((target, float(seen @ theirs), float(seen @ own)))
    assert len(near) >= 60
    share = np.mean([to_source > to_target for _, to_source, to_target in near])
    assert share >= 0.9, near  # the rule is 0.8
