"""Dlib's identity: what dlib itself says of the same box; the same person is near, others are far."""

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceshards.errors import StageError, WeightsError
from faceshards.models.sessions.dlib_identity import SAME, DlibIdentity, load_dlib_identity
from faceshards.models.weights import registry

dlib = pytest.importorskip("dlib", reason="needs the extra `identity`")
ROOT = Path(__file__).resolve().parents[3]
#: Pictures of five people, and the box of the face as MTCNN finds it.
BOXES = {
    "fr_obama.jpg": (372, 86, 619, 422),
    "fr_test_obama2.jpg": (185, 222, 470, 644),
    "df_img3.jpg": (431, 326, 1102, 1235),
    "df_img12.jpg": (224, 61, 358, 252),
    "fr_biden.jpg": (426, 163, 704, 556),
    "skimage_astronaut.png": (179, 63, 266, 172),
    "fp_paul_rudd.jpg": (266, 263, 1320, 1804),
}
SAME_PERSON = {("fr_obama.jpg", "fr_test_obama2.jpg"), ("df_img3.jpg", "df_img12.jpg")}


@pytest.fixture(scope="module")
def net() -> DlibIdentity:
    try:
        return load_dlib_identity()
    except WeightsError as error:
        pytest.skip(str(error))


def picture(real: Path, name: str) -> np.ndarray:
    return np.asarray(Image.open(real / "image" / name).convert("RGB"))


def test_it_is_what_dlib_says_of_the_same_box(real: Path, net: DlibIdentity) -> None:
    frame, (x1, y1, x2, y2) = picture(real, "fr_obama.jpg"), BOXES["fr_obama.jpg"]
    points = dlib.shape_predictor(str(registry.find("dlib_points_5")))
    own = dlib.face_recognition_model_v1(str(registry.find("dlib_identity")))
    seen = points(frame, dlib.rectangle(x1, y1, x2 - 1, y2 - 1))
    theirs = np.array(own.compute_face_descriptor(frame, seen))
    (ours,) = net.embed(frame, [BOXES["fr_obama.jpg"]])
    assert ours.dtype == np.float32 and ours.shape == (128,)
    assert ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs) >= 0.99999
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_the_same_person_is_near_and_others_are_far(real: Path, net: DlibIdentity) -> None:
    rows = {name: net.embed(picture(real, name), box)[0] for name, box in BOXES.items()}
    for one, other in combinations(rows, 2):
        apart = float(np.linalg.norm(rows[one] - rows[other]))
        assert (apart < SAME) == ((one, other) in SAME_PERSON), (one, other, apart)


def test_a_box_may_leave_the_frame_and_no_box_is_no_row(net: DlibIdentity) -> None:
    frame = np.full((80, 60, 3), 90, np.uint8)
    assert net.chip(frame, (-20, -30, 70.4, 100)).shape == (150, 150, 3)
    assert net.embed(frame, np.zeros((0, 4))).shape == (0, 128)


def test_another_file_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.dat").write_bytes(b"no model")
    with pytest.raises(StageError, match="must be dlib's five points and its identity"):
        DlibIdentity(tmp_path / "x.dat", tmp_path / "x.dat")


def test_its_files_are_found_without_importing_their_package(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from faceshards.models.weights.registry import find\n"
        "print(*(find(name).suffix for name in ('dlib_points_5', 'dlib_identity')))\n"
        "print([name for name in ('face_recognition_models', 'dlib', 'pkg_resources') if name in sys.modules])\n"
    )
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin"}
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.stdout.splitlines() == [".dat .dat", "[]"], run.stderr
