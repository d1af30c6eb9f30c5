"""Devices: their names, and that a GPU that is asked for and absent is an error."""

import re

import numpy as np
import pytest

from faceshards.errors import StageError, UsageError
from faceshards.models import device
from faceshards.models.device import gpu_of, require
from faceshards.models.sessions.onnx import OnnxSession


def test_the_names_of_devices():
    assert [gpu_of(name) for name in ("cpu", "cuda", "cuda:0", "cuda:12")] == [None, 0, 0, 12]
    for wrong in ("gpu", "cuda:", "cuda:x", "CUDA", "cpu:0", "", "cuda:1 "):
        with pytest.raises(UsageError, match="must be cpu, cuda or cuda:NUMBER"):
            gpu_of(wrong)


def test_a_gpu_that_a_runtime_cannot_use_is_an_error_of_one_line():
    pytest.importorskip("onnxruntime")
    require("cpu", ["onnxruntime", "torch"])
    with pytest.raises(StageError, match=r"^--device cuda:999: device 'cuda:999' was asked for .* or ask for cpu$"):
        require("cuda:999", ["onnxruntime"])


def test_torch_says_how_many_gpus_it_finds(capsys):
    pytest.importorskip("torch")
    with pytest.raises(SystemExit, match="1"):
        device.answer("cuda:999", "torch")
    said = capsys.readouterr().out
    assert re.search(r"this torch cannot use it: \S+ finds \d+ GPUs; install a build for CUDA .* or ask for cpu$", said)


def test_what_is_tried_runs_where_there_is_something_to_run_it():
    pytest.importorskip("onnxruntime")
    session = OnnxSession(device._IDENTITY)
    assert session.run({"x": np.array(2, np.float32)}) == {"y": 2.0}


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_that_onnxruntime_falls_back_to_the_processor_is_found_out(monkeypatch):
    """This build is made to say that it has CUDA; what it opens then runs on the CPU, and it does not mind."""
    onnxruntime = pytest.importorskip("onnxruntime")
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has a GPU")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    with pytest.raises(StageError, match="'cuda' was asked for and onnxruntime cannot use it"):
        OnnxSession(device._IDENTITY, "cuda")
