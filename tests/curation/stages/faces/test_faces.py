"""The stage `faces`, by each of its backends, on portraits that move by known pixels, and on the real clips."""

import numpy as np
import pytest

from faceshards.curation.engine import ClipTask, Engine, Outcome
from faceshards.curation.stages.faces.faces import Faces, FacesParams, load_mtcnn
from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.errors import UsageError, WeightsError
from faceshards.jobs.watch import Watchdog
from faceshards.media.geometry import iou
from faceshards.media.picture import read_picture
from faceshards.media.video.decode import frames
from faceshards.shards.schema.codecs import decode
from tests.curation.conftest import moved, sway
from tests.curation.on_pictures import PicturesClip, ready, result_of


@pytest.fixture(scope="module")
def mtcnn() -> Faces:
    return ready(Faces(FacesParams(backend="mtcnn")))[0]


@pytest.fixture(scope="module")
def blazeface() -> Faces:
    return ready(Faces(FacesParams(backend="blazeface")))[0]


@pytest.fixture(params=["mtcnn", "blazeface"])
def stage(request) -> Faces:
    """Each that follows faces."""
    return request.getfixturevalue(request.param)


def look(stage: Faces, pictures: np.ndarray) -> tuple[dict, FaceArrays, dict]:
    """The column as it comes back from its bytes, as arrays, and the scores."""
    outcome = result_of(stage, PicturesClip(pictures))
    assert isinstance(outcome, Outcome)
    record = decode("faces.msg", outcome.columns["faces.msg"])
    return record, FaceArrays.of(record), dict(outcome.scores)


def test_boxes_and_points_follow_a_face_that_moves_by_known_pixels(stage, astronaut):
    record, faces, scores = look(stage, moved(astronaut, 24))
    assert scores == {"face_share": 1.0, "faces_max": 1, "tracks": 1}
    assert (record["size"], record["frames"]) == ([256, 256], 24)
    assert faces.frame.tolist() == list(range(24))
    shifts = np.array([sway(i) - sway(0) for i in range(24)])
    assert np.abs(faces.points[:, :, 0].mean(axis=1) - faces.points[0, :, 0].mean() - shifts).max() < 2.0
    assert np.abs(faces.points[:, :, 1].mean(axis=1) - faces.points[0, :, 1].mean()).max() < 2.0
    left, right, nose, mouth_left, mouth_right = faces.points[0]
    assert left[0] < nose[0] < right[0] and mouth_left[0] < mouth_right[0] and nose[1] < mouth_left[1]


def test_the_whole_cascade_runs_on_every_tenth_frame_only(mtcnn, astronaut):
    record, _, _ = look(mtcnn, moved(astronaut, 24))
    assert [frame for frame, full in zip(record["frame"], record["full"], strict=True) if full] == [0, 10, 20]


def test_the_whole_frame_is_searched_as_soon_as_the_face_is_lost(stage, astronaut):
    pictures = moved(astronaut, 24)
    pictures[5:8] = 128
    record, faces, scores = look(stage, pictures)
    assert scores == {"face_share": round(21 / 24, 4), "faces_max": 1, "tracks": 1}
    assert sorted(set(range(24)) - set(faces.frame.tolist())) == [5, 6, 7]
    searched = [frame for frame, full in zip(record["frame"], record["full"], strict=True) if full]
    assert searched == {"mtcnn": [0, 8, 10, 20], "blazeface": [0, 8]}[stage.params.backend]  # else it was followed


def test_what_is_found_does_not_depend_on_where_chunks_end(stage, astronaut):
    """What was seen in the frame before, which frame of ten it is, and when a face was lost outlive a chunk."""
    pictures = moved(astronaut, 14)
    pictures[5:7] = 128
    outcomes = [result_of(stage, PicturesClip(pictures, chunk=chunk)) for chunk in (1, 3, 100)]
    assert outcomes[0] == outcomes[1] == outcomes[2]
    record = decode("faces.msg", outcomes[0].columns["faces.msg"])
    assert record["frames"] == 14 and sorted({*range(14)} - {*record["frame"]}) == [5, 6]
    searched = [frame for frame, full in zip(record["frame"], record["full"], strict=True) if full]
    assert searched == {"mtcnn": [0, 7, 10], "blazeface": [0, 7]}[stage.params.backend]


def test_clips_that_are_worked_on_at_a_time_do_not_mix(stage, astronaut, hopper, tmp_path):
    """The stage holds nothing of a clip, and its networks are used by several threads."""
    pictures = [moved(one, 6, amplitude) for amplitude in (4, 10) for one in (astronaut, hopper)]
    found = {}
    tasks = [ClipTask(PicturesClip(one, chunk=2), [stage]) for one in pictures]
    with Watchdog(tmp_path / "slots") as watch:
        Engine([stage], tmp_path, watch, in_hand=4).run(tasks, lambda done: found.update({id(done.task): done}))
    together = [found[id(task)].results["faces"] for task in tasks]
    alone = [result_of(stage, PicturesClip(one)) for one in pictures]
    assert together == alone and len({one.columns["faces.msg"] for one in alone}) == 4


def test_two_faces_are_two_tracks(stage, astronaut, hopper):
    pictures = np.concatenate([moved(astronaut, 12), moved(hopper, 12, 5)], axis=2)
    _, faces, scores = look(stage, pictures)
    assert scores == {"face_share": 1.0, "faces_max": 2, "tracks": 2}
    for track in (0, 1):
        x = faces.points[faces.track == track][:, :, 0].mean(axis=1)
        assert len(x) == 12
        assert np.ptp(x) < 30  # no track jumps from one face to the other, 256 pixels on


def test_no_face_is_a_result(stage):
    record, faces, scores = look(stage, np.full((3, 64, 96, 3), 90, np.uint8))
    assert scores == {"face_share": 0.0, "faces_max": 0, "tracks": 0}
    assert (record["size"], record["frames"], record["box"], len(faces)) == ([96, 64], 3, [], 0)


def test_the_last_network_alone_stays_with_what_the_whole_cascade_finds(mtcnn, real):
    pictures = np.stack(list(frames(real / "video" / "livep_d20.mp4"))[:40])
    _, quick, _ = look(mtcnn, pictures)
    every = Faces(FacesParams(every=1, backend="mtcnn"))
    every.setup()
    _, slow, _ = look(every, pictures)
    width = slow.boxes[:, 2] - slow.boxes[:, 0]
    apart = np.linalg.norm(quick.points - slow.points, axis=2).mean(axis=1) / width
    assert len(quick) == len(slow) == 40
    assert np.median(apart) < 0.02 and apart.max() < 0.06


def clips_with_a_face_throughout(folder) -> list[str]:
    """The clips of the README's table that say so."""
    rows = [line.split("|") for line in (folder / "README.md").read_text().splitlines() if line.startswith("| video/")]
    return [row[1].strip() for row in rows if "face in 100% of sampled frames" in row[-2]]


def test_real_clips_show_their_face_throughout(blazeface, real):
    names = clips_with_a_face_throughout(real)
    assert len(names) >= 20
    shares = {name: look(blazeface, np.stack(list(frames(real / name))))[2]["face_share"] for name in names}
    assert {name: share for name, share in shares.items() if share < 0.95} == {}


@pytest.mark.slow
def test_each_face_that_mtcnn_follows_in_real_clips_is_followed_by_the_mesh(mtcnn, blazeface, real):
    """But for three frames in which MTCNN takes folded hands for a face."""
    missed, tracks = [], []
    for name in clips_with_a_face_throughout(real):
        pictures = np.stack(list(frames(real / name)))
        (_, theirs, their_scores), (_, ours, our_scores) = look(mtcnn, pictures), look(blazeface, pictures)
        tracks.append((our_scores["tracks"], their_scores["tracks"]))
        for frame, box in zip(theirs.frame.tolist(), theirs.boxes, strict=True):
            if iou(box[None], ours.boxes[ours.frame == frame]).max(initial=0) < 0.5:
                missed.append((name, frame))
        assert len(ours) <= len(theirs)  # nobody whom MTCNN does not see
    assert missed == [("video/latentsync_demo1.mp4", frame) for frame in (180, 181, 182)]
    assert all(ours <= theirs for ours, theirs in tracks)


def test_yunet_sees_each_frame_by_itself(real, monkeypatch):
    """A face that fills the frame, and a far one; both as MTCNN means them."""
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(real / "weights"))
    (stage,) = ready(Faces(FacesParams(backend="yunet")))
    for name in ("fp_paul_rudd.jpg", "fr_biden.jpg"):
        picture = read_picture((real / "image" / name).read_bytes())
        record, faces, scores = look(stage, picture[None])
        assert scores == {"face_share": 1.0, "faces_max": 1, "tracks": 1} and record["full"] == [True]
        theirs = load_mtcnn(40).detect(picture)
        assert iou(theirs.boxes, faces.boxes).max() > 0.75


def test_backends_are_known_by_name_and_what_is_missing_is_said_at_the_start(monkeypatch, tmp_path):
    with pytest.raises(UsageError, match=r"faces\.backend must be one of blazeface, mtcnn, yunet, scrfd, got 'dlib'"):
        FacesParams(backend="dlib")
    with pytest.raises(UsageError, match=r"faces\.min_face must be at least 12 pixels, got 11"):
        FacesParams(min_face=11)
    with pytest.raises(UsageError, match=r"faces\.every must be at least 1"):
        FacesParams(every=0)
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    for backend, file in (("scrfd", "det_10g"), ("blazeface", "face_detection_short_range")):
        stage = Faces(FacesParams(backend=backend))
        assert stage.weights[0] == file and backend in stage.record.values()
        with pytest.raises(WeightsError, match=file):
            stage.setup()


@pytest.mark.parametrize("name", ["livep_s38.jpg", "animegan_input1.jpg"])
def test_pictures_without_a_human_face_have_a_share_of_0(stage, real, name):
    _, _, scores = look(stage, read_picture((real / "image" / name).read_bytes())[None])
    assert scores["face_share"] == 0
