"""Model files of networks that look at a face that is known: its points, how it stands, where it looks."""

from __future__ import annotations

from faceshards.models.weights.model_file import Weights

#: Of `points68`, `headpose` and `gaze`.
LOOKS = (
    Weights(
        name="pfld_68",
        files=("pfld_68.onnx", "pfld.onnx"),
        size=2_987_921,
        sha256="7d7bbd5c6a1d9272e58d9773898284a1905d872eba9a662df9b5f20f1ba6f83e",
        licence="none stated",
        source="github.com/cunjian/pytorch_face_landmark, onnx/pfld.onnx",
        needed_by="68 points of a face (PFLD)",
        url="https://raw.githubusercontent.com/cunjian/pytorch_face_landmark/6f34bf9f03/onnx/pfld.onnx",
    ),
    Weights(
        name="headpose_adas_0001",
        files=("headpose_adas_0001.onnx",),
        size=3_842_787,
        sha256="9cd6bedcc6255829bc99e2754ee084495f03e6e234ce7c2fc8e0fe9981009d48",
        licence="Apache-2.0 (Intel Open Model Zoo)",
        source="head-pose-estimation-adas-0001 of Intel's Open Model Zoo, its FP16 IR as ONNX",
        needed_by="how a head stands (backend adas)",
        commercial=True,
    ),
    Weights(
        name="gaze_adas_0002",
        files=("gaze_adas_0002.onnx",),
        size=3_783_683,
        sha256="0d6b47040d349770f4ae77a3230c9b16e49dadcce1879e2bab787a3802a367f0",
        licence="Apache-2.0 (Intel Open Model Zoo)",
        source="gaze-estimation-adas-0002 of Intel's Open Model Zoo, its FP16 IR as ONNX",
        needed_by="gaze (backend adas)",
        commercial=True,
    ),
    Weights(
        name="L2CSNet_gaze360",
        files=("L2CSNet_gaze360.pkl",),
        size=95_849_977,
        sha256="8a7f3480d868dd48261e1d59f915b0ef0bb33ea12ea00938fb2168f212080665",
        licence="code MIT; trained on Gaze360: non-commercial research",
        source="github.com/Ahmednull/L2CS-Net (the authors' drive folder)",
        needed_by="gaze (L2CS-Net)",
    ),
)
