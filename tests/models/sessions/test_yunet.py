"""YuNet against OpenCV's own decoder of the same model."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from faceshards.models.sessions.yunet import YuNet

MODEL = "yunet_s_640.onnx"


def canvas(path: Path) -> np.ndarray:
    """The picture within 640 x 640, shrunk, black on the right and below."""
    image = Image.open(path).convert("RGB")
    image.thumbnail((640, 640))
    frame = np.zeros((640, 640, 3), np.uint8)
    frame[: image.height, : image.width] = np.asarray(image)
    return frame


@pytest.mark.parametrize(
    "name", ["fr_obama_and_biden.jpg", "df_img12.jpg", "skimage_astronaut.png", "animegan_input1.jpg"]
)
def test_it_decodes_as_opencv_does(real: Path, name: str) -> None:
    frame = canvas(real / "image" / name)
    reference = cv2.FaceDetectorYN.create(str(real / "weights" / MODEL), "", (640, 640), 0.8, 0.3, 5000)
    _, rows = reference.detect(np.ascontiguousarray(frame[..., ::-1]))
    rows = np.zeros((0, 15), np.float32) if rows is None else rows[np.argsort(-rows[:, 14])]
    found = YuNet(real / "weights" / MODEL, score=0.8).detect(frame)
    sides = np.concatenate([found.boxes[:, :2], found.boxes[:, 2:] - found.boxes[:, :2]], axis=1)
    np.testing.assert_allclose(sides, rows[:, :4], atol=0.05)
    np.testing.assert_allclose(found.points.reshape(-1, 10), rows[:, 4:14], atol=0.05)
    np.testing.assert_allclose(found.scores, rows[:, 14], atol=1e-3)
    assert len(found) == {"fr_obama_and_biden.jpg": 3, "animegan_input1.jpg": 0}.get(name, 1)


def test_coordinates_are_those_of_the_frame_at_any_side(real: Path) -> None:
    frame = np.asarray(Image.open(real / "image" / "hallo_ref3.jpg").convert("RGB"))
    yunet = YuNet(real / "weights" / MODEL)
    large, small = yunet.detect(frame, 400), yunet.detect(frame, 250)
    width = large.boxes[0, 2] - large.boxes[0, 0]
    assert np.linalg.norm(large.points[0] - small.points[0], axis=1).max() < 0.06 * width
    assert 400 < width < 520  # the face fills half of the 979 pixels
