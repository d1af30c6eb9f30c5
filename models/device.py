"""The device that networks run on: `cpu`, or a GPU of this machine by CUDA: `cuda` for the first, `cuda:1` the second.

A runtime that finds no GPU goes on with the processor without a word. So a run that is to use one asks beforehand.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from faceshards.errors import StageError, UsageError

# Seconds in which a runtime must have found its GPU: the first start of CUDA on a machine takes tens.
_PATIENCE = 180.0
# An ONNX model that returns what it is given, one number (onnx.proto: ir_version 8, opset 13, the node Identity).
_IDENTITY = bytes.fromhex(
    "08083a330a100a017812017922084964656e746974791205677261706"
    "85a0b0a017812060a0408011200620b0a017912060a04080112004202100d"
)


def gpu_of(device: str) -> int | None:
    """The number of the GPU, None for the processor. Raises UsageError for what is no device."""
    if not re.fullmatch(r"cpu|cuda(:\d{1,3})?", device):
        raise UsageError(f"a device must be cpu, cuda or cuda:NUMBER, got {device!r}")
    return None if device == "cpu" else int(device.partition(":")[2] or 0)


def require(device: str, runtimes: Iterable[str]) -> None:
    """Tries the device with those of these runtimes that are `onnxruntime` or `torch`; others are programs that say
    themselves what they lack. Raises StageError, with its reason, where one cannot use it; nothing is tried on the
    processor.

    It is tried in a process of its own: one that has used CUDA keeps some of the GPU's memory.
    """
    if gpu_of(device) is None:
        return
    path = os.pathsep.join(place for place in sys.path if place)
    for runtime in sorted({"onnxruntime", "torch"} & set(runtimes)):
        code = f"from faceshards.models.device import answer; answer({device!r}, {runtime!r})"
        try:
            asked = subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "PYTHONPATH": path},
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise StageError(f"--device {device}: {runtime} did not find it within {_PATIENCE:g} s") from None
        if asked.returncode:
            said = asked.stdout.strip().splitlines() or [f"{runtime} ends with {asked.returncode} where it is tried"]
            raise StageError(f"--device {device}: {said[-1]}")


def torch_device(device: str, threads: int | None = 1) -> Any:
    """The device as torch knows it, where it is to tell what a processor does, but for the last bits, and the same each
    time: one thread, no products of 10 bits, no kernels chosen by the clock. Raises StageError where it is not there.

    `threads` None leaves torch's own number of them, for a program that is alone on its machine.
    """
    import torch

    gpu = gpu_of(device)
    if gpu is not None and gpu >= torch.cuda.device_count():
        raise StageError(
            f"device {device!r} was asked for and this torch cannot use it: {torch.__version__} finds "
            f"{torch.cuda.device_count()} GPUs; install a build for CUDA and the GPU's driver, or ask for cpu"
        )
    if threads is not None:
        torch.set_num_threads(threads)  # parallelism is workers; and a sum split otherwise has other last digits
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True
    return torch.device(device)


def answer(device: str, runtime: str) -> None:
    """Ends this process: with 0 where the runtime can use the device, else with 1 and the reason as the last line."""
    try:
        (_try_torch if runtime == "torch" else _try_onnxruntime)(device)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the reason
        sys.stdout.write(" ".join(str(error).split())[:300] + "\n")
        sys.exit(1)


def _try_onnxruntime(device: str) -> None:
    import numpy as np

    from faceshards.models.sessions.onnx import OnnxSession

    OnnxSession(_IDENTITY, device).run({"x": np.array(1, np.float32)})


def _try_torch(device: str) -> None:
    try:
        import torch
    except ImportError as error:
        raise StageError("torch is not installed; pip install 'faceshards[torch]', or ask for cpu") from error
    torch.ones(1, device=torch_device(device)).add(1).cpu()  # a driver that is too old says so here
