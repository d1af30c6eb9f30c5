"""Packages that the core does without: which extra of ours brings each, and what is said where one is missing."""

from __future__ import annotations

from faceshards.errors import MissingExtra

#: Top-level module -> the extra of `pyproject.toml` that brings it.
EXTRAS = {
    "torch": "torch",
    "tensorboard": "torch",
    "webdataset": "torch",
    "ray": "ray",
    "mtcnn": "faces",
    "onnxruntime": "onnx",
    "google": "onnx",  # protobuf
    "onnxscript": "export",
    "ai_edge_litert": "litert",
    "scenedetect": "shots",
    "dlib": "identity",
    "face_recognition_models": "identity",
    "webrtcvad": "voice",
    "diffusers": "stylize",
    "transformers": "stylize",
    "yt_dlp": "avspeech",
    "h5py": "hdf5",
    "huggingface_hub": "hub",
    "sklearn": "persons",
    "rerun": "rerun",
    "fiftyone": "fiftyone",
    "boto3": "s3",
    "botocore": "s3",
    "skimage": "demo",
    "matplotlib": "demo",
    "atheris": "fuzz",
}


def install(extra: str) -> str:
    """How an extra is installed."""
    return f"pip install 'faceshards[{extra}]'"


def missing(error: ImportError, wanted_by: str) -> MissingExtra | None:
    """The error of a package that an extra brings and that is not installed; None where the import failed otherwise."""
    package = (error.name or "").partition(".")[0]
    if not isinstance(error, ModuleNotFoundError) or package not in EXTRAS:
        return None
    return MissingExtra(f"{wanted_by} needs {package}, which is not installed: {install(EXTRAS[package])}")
