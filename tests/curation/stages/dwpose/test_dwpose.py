"""Which networks the stage `dwpose` runs: its backends, and what their parameters may be."""

import pytest

from faceshards.curation.options import plan_of
from faceshards.curation.stages.dwpose import DwPose, DwPoseParams
from faceshards.errors import UsageError


def test_parameters_that_make_no_sense_and_names_that_nobody_knows():
    for params in ({"most": 0}, {"least": 1.0}, {"least": -0.1}):
        with pytest.raises(UsageError, match=r"dwpose.most must be at least 1 and dwpose.least"):
            DwPose(DwPoseParams(**params)).planned()
    for parameter in ("detector", "pose"):
        with pytest.raises(UsageError, match=rf"dwpose.{parameter} must be a name of .*weights list`, got 'yolox_x'"):
            DwPose(DwPoseParams(**{parameter: "yolox_x"})).planned()
        with pytest.raises(UsageError, match=rf"dwpose.{parameter}=yolox_nano is for the backend dwpose"):
            DwPose(DwPoseParams(**{parameter: "yolox_nano"})).planned()
    with pytest.raises(UsageError, match=r"dwpose.backend must be one of mediapipe, dwpose, got 'openpose'"):
        DwPose(DwPoseParams("openpose")).planned()


def test_only_the_reference_can_use_a_gpu():
    assert DwPose().runtimes == () and DwPose(DwPoseParams("dwpose")).runtimes == ("onnxruntime",)


def test_the_licences_are_those_of_the_networks_that_are_named():
    options = {"time_limit": None, "retry": frozenset(), "limit": None, "commercial": True}
    (stage,) = plan_of(["dwpose"], {}, **options).stages
    assert "pose_landmark_full.tflite" in stage.models and not any(name.endswith(".onnx") for name in stage.models)
    (stage,) = plan_of(["dwpose"], {"dwpose": {"backend": "dwpose"}}, **options).stages
    assert stage.weights == ("yolox_l", "dw-ll_ucoco_384") and set(stage.models) == {
        "yolox_l.onnx",
        "dw-ll_ucoco_384.onnx",
    }
    with pytest.raises(UsageError, match="stage dwpose uses ultralight_simplepose"):
        plan_of(["dwpose"], {"dwpose": {"backend": "dwpose", "pose": "ultralight_simplepose"}}, **options)
