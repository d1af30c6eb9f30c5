"""What Intel's two networks are fed, by graphs that reveal it: order of colours, by name; which part of a picture."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import StageError
from faceshards.models.sessions.adas import GazeAdas, HeadPoseAdas
from tests.models.sessions.graphs import node, write

FACE = {"data": [1, 3, 60, 60]}
EYES = {"head_pose_angles": [1, 3], "right_eye_image": [1, 3, 60, 60], "left_eye_image": [1, 3, 60, 60]}


def channel(number: int) -> np.ndarray:
    return np.eye(3, dtype=np.float32)[number].reshape(1, 3, 1, 1)


def heads(path: Path) -> Path:
    """Yaw, pitch and roll are the means of the first, second and third channel; told in another order."""
    names = {"x_angle_r_fc": 2, "x_angle_y_fc": 0, "x_angle_p_fc": 1}
    nodes = [node("GlobalAveragePool", "data", "means")]
    for name, number in names.items():
        nodes += [node("Conv", f"means w{number}", f"c{number}", kernel_shape=[1, 1])]
        nodes += [node("Flatten", f"c{number}", name, axis=1)]
    constants = {f"w{number}": channel(number) for number in range(3)}
    return write(path, nodes, FACE, {name: [1, 1] for name in names}, constants)


def gazes(path: Path) -> Path:
    """x is the mean red of the left eye's picture (BGR's third), y that of the right one's, z the head's pitch."""
    nodes = [
        node("GlobalAveragePool", "left_eye_image", "left"),
        node("GlobalAveragePool", "right_eye_image", "right"),
        node("Conv", "left red", "lefts", kernel_shape=[1, 1]),
        node("Conv", "right red", "rights", kernel_shape=[1, 1]),
        node("Flatten", "lefts", "x", axis=1),
        node("Flatten", "rights", "y", axis=1),
        node("MatMul", "head_pose_angles pitch", "z"),
        node("Concat", "x y z", "out_gaze_vector", axis=1),
    ]
    constants = {"red": channel(2), "pitch": np.array([[0], [1], [0]], np.float32)}
    return write(path, nodes, EYES, {"out_gaze_vector": [1, 3]}, constants)


def test_the_head_s_network_sees_blue_first_and_its_pitch_is_turned(tmp_path):
    net = HeadPoseAdas(heads(tmp_path / "head.onnx"))
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[15:85, 20:90] = [30, 20, 10]
    crop = net.crop(picture, np.array([30.0, 20, 80, 80]))  # a square of 66 about (55, 50)
    assert crop.shape == (60, 60, 3) and (crop == [30, 20, 10]).all()
    (angles,) = net.run(crop[None])
    np.testing.assert_allclose(angles, [[10, -20, 30]], rtol=1e-5)


def test_the_gaze_s_network_is_fed_by_name(tmp_path):
    net = GazeAdas(gazes(tmp_path / "gaze.onnx"))
    eyes = np.zeros((1, 2, 60, 60, 3), np.uint8)
    eyes[0, 0, ..., 0], eyes[0, 1, ..., 0] = 30, 40  # red
    (gaze,) = net.run(eyes, np.array([[5.0, 50, 0]], np.float32))
    np.testing.assert_allclose(gaze, [[np.arctan2(30, 50), np.arctan2(40, np.hypot(30, 50))]], rtol=1e-5)
    (rolled,) = net.run(eyes, np.array([[5.0, 50, 90]], np.float32))  # what is up in the eyes' pictures is at the right
    np.testing.assert_allclose(rolled, [[np.arctan2(40, 50), np.arctan2(-30, np.hypot(40, 50))]], rtol=1e-5)


def test_an_eye_stands_upright_in_its_picture(tmp_path):
    net = GazeAdas(gazes(tmp_path / "gaze.onnx"))
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[20:60, 49:52] = 255  # an eye that lies on its side, 30 pixels long: it takes 33 of 60
    crop = net.crop(picture, np.array([[50.5, 25.0], [50.5, 55.0]]), 90.0)
    assert (
        (crop[29:31] > 200).sum(axis=(0, 2)).astype(bool).mean() > 0.6 and not crop[:20].any() and not crop[40:].any()
    )


def test_networks_of_another_kind_are_refused(tmp_path):
    with pytest.raises(StageError, match=r"is no gaze-estimation-adas-0002: its inputs are .* they must be"):
        GazeAdas(heads(tmp_path / "head.onnx"))
    nodes = [node("GlobalAveragePool", "data", "out")]
    other = write(tmp_path / "x.onnx", nodes, FACE, {"out": [1, 3, 1, 1]}, {})
    with pytest.raises(StageError, match=r"is no head-pose-estimation-adas-0001: .* end in angle_y_fc"):
        HeadPoseAdas(other)


def test_a_device_that_is_not_here_is_an_error(tmp_path):
    with pytest.raises(StageError, match="device 'cuda' was asked for"):
        GazeAdas(gazes(tmp_path / "gaze.onnx"), device="cuda")
