"""Model files of networks that judge whole videos: how good they are, where they are cut."""

from __future__ import annotations

from faceshards.models.weights.model_file import Weights

#: Of `video_quality` and for cuts. What a user makes of published weights has no published hash.
JUDGES = (
    Weights(
        name="transnetv2",
        files=("transnetv2-pytorch-weights.pth",),
        size=30_508_183,
        sha256="53f3e734bc191ae1c58ef61121711518c40767013ea32644fa5f1db9dcbb5ae8",
        licence="MIT",
        source="github.com/soCzech/TransNetV2",
        needed_by="shot cuts",
        commercial=True,
    ),
    Weights(
        name="dover",
        files=("onnx_dover.onnx", "dover.onnx"),
        size=None,
        sha256=None,
        licence="MIT in the repository of 2022; see the LICENSE beside the weights that you take",
        source="github.com/VQAssessment/DOVER: DOVER.pth, by its convert_to_onnx.py",
        needed_by="video_quality (DOVER)",
    ),
)
