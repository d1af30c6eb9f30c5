"""Model files of networks that judge clips: how good they are, where they are cut."""

from __future__ import annotations

from faceshards.models.weights.model_file import Weights

#: Of `video_quality` and `hyperiqa`, and for cuts. What a user makes of published weights has no published hash.
JUDGES = (
    Weights(
        name="transnetv2",
        files=("transnetv2.onnx",),
        size=None,
        sha256=None,
        licence="MIT",
        source="github.com/soCzech/TransNetV2: its weights, exported to ONNX with one input (1, 100, 27, 48, 3)",
        needed_by="shots (transnetv2)",
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
    Weights(
        name="hyperiqa",
        files=("hyperiqa.onnx",),
        size=None,
        sha256=None,
        licence="MIT; KonIQ-10k has terms of its own",
        source="github.com/SSL92/hyperIQA: koniq_pretrained.pkl, both its networks exported as one",
        needed_by="hyperiqa",
    ),
)
