"""Model files that arrive inside wheels, from the package index that a user's pip uses."""

from __future__ import annotations

from faceshards.models.weights.model_file import Weights, Wheel

_MEDIAPIPE = Wheel(
    "mediapipe==0.10.21",
    "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl",
    35_622_638,
    "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
)
_SILERO = Wheel(
    "silero-vad==6.2.3",
    "silero_vad-6.2.3-py3-none-any.whl",
    11_317_527,
    "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
)
_RESEMBLYZER = Wheel(
    "resemblyzer==0.1.4",
    "Resemblyzer-0.1.4-py3-none-any.whl",
    15_747_704,
    "8f12eb2f1a9982d32e8db7856de754709b59c93a77bcf0ff536584b619a9dd1f",
)


def _mediapipe(folder: str, model: str, size: int, sha256: str, needed_by: str) -> Weights:
    return Weights(
        name=model,
        files=(f"{model}.tflite",),
        size=size,
        sha256=sha256,
        licence="Apache-2.0 (MediaPipe, Google)",
        source="inside the wheel of mediapipe 0.10.21",
        needed_by=needed_by,
        commercial=True,
        wheel=(_MEDIAPIPE, f"mediapipe/modules/{folder}/{model}.tflite"),
    )


#: Small pretrained networks under permissive licences: the default of every stage that has one.
EMBEDDED = (
    _mediapipe(
        "face_detection",
        "face_detection_short_range",
        229_714,
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
        "landmarks: faces (BlazeFace)",
    ),
    _mediapipe(
        "face_detection",
        "face_detection_full_range_sparse",
        676_746,
        "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
        "small and far faces (BlazeFace)",
    ),
    _mediapipe(
        "face_landmark",
        "face_landmark",
        1_242_398,
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
        "landmarks: face mesh, 468 points",
    ),
    _mediapipe(
        "iris_landmark",
        "iris_landmark",
        2_640_568,
        "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
        "landmarks: irises",
    ),
    _mediapipe(
        "pose_detection",
        "pose_detection",
        2_959_046,
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        "whole-body pose: persons",
    ),
    _mediapipe(
        "pose_landmark",
        "pose_landmark_full",
        6_440_512,
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        "whole-body pose: body and feet",
    ),
    _mediapipe(
        "palm_detection",
        "palm_detection_full",
        2_339_846,
        "1b14e9422c6ad006cde6581a46c8b90dd573c07ab7f3934b5589e7cea3f89a54",
        "whole-body pose: palms",
    ),
    _mediapipe(
        "hand_landmark",
        "hand_landmark_full",
        5_478_917,
        "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
        "whole-body pose: hands",
    ),
    _mediapipe(
        "holistic_landmark",
        "hand_recrop",
        123_792,
        "67d996ce96f9d36fe17d2693022c6da93168026ab2f028f9e2365398d8ac7d5d",
        "whole-body pose: crops of hands",
    ),
    _mediapipe(
        "selfie_segmentation",
        "selfie_segmentation",
        249_505,
        "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
        "mask: persons",
    ),
    Weights(
        name="silero_vad",
        files=("silero_vad_16k_op15.onnx",),
        size=1_289_603,
        sha256="7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49",
        licence="MIT (Silero)",
        source="inside the wheel of silero-vad 6.2.3",
        needed_by="speech",
        commercial=True,
        wheel=(_SILERO, "silero_vad/data/silero_vad_16k_op15.onnx"),
    ),
    Weights(
        name="resemblyzer",
        files=("resemblyzer.pt",),
        size=17_090_379,
        sha256="39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
        licence="Apache-2.0 (Resemble AI)",
        source="inside the wheel of resemblyzer 0.1.4",
        needed_by="who speaks (GE2E)",
        commercial=True,
        wheel=(_RESEMBLYZER, "resemblyzer/pretrained.pt"),
    ),
)
