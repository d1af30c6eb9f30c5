"""Networks of checkpoints as files for other runtimes: ONNX, or torch's own exported program, for batches of any size.

What was written is run beside the checkpoint's own network before it appears, on other batches than it was traced on.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from faceshards.errors import StageError, UsageError
from faceshards.models import checkpoint
from faceshards.models.sessions.onnx import OnnxSession
from faceshards.models.trained import NETWORKS, Network, trained
from faceshards.shards.storage.atomic import write_atomic

#: The kinds of file, by the ends of their names.
FORMS = (".onnx", ".pt2")

# Batches on which a file is held against its network; it is traced on another.
_TRACED, _HELD = 2, (1, 3)
# How far an output may be from torch's, as a share of the largest number in it (at least 1): float32 sums in another
# order differ by some 1e-6.
_CLOSE = 1e-4

_Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Exported:
    """`apart`: of each output, the largest difference from the checkpoint's own network on random inputs."""

    task: str
    inputs: dict[str, tuple[int | str, ...]]
    apart: dict[str, float]


def export(source: Path, out: Path) -> Exported:
    """Writes the network of a checkpoint, whole or not at all. In the file stand `task`, and as JSON `config`, of an
    ONNX file as metadata, of a .pt2 as the extra file `config.json`.

    Raises UsageError for another end of the name than one of `FORMS` and where there is no such checkpoint, StageError
    where what came out computes something else, MissingExtra without onnxscript.
    """
    if out.suffix not in FORMS:
        raise UsageError(f"--out must end in {' or '.join(FORMS)}, got {out}")
    task = str(checkpoint.load(source).config.get("task"))
    if task not in NETWORKS:
        raise UsageError(f"{source} is a checkpoint of {task!r}, which is none of {', '.join(NETWORKS)}")
    network = NETWORKS[task]
    net, config = trained(source, network)
    shapes = network.shapes(config)
    body, run = _made(net, network, shapes, config, out.suffix)
    apart = _apart(net, run, network, shapes)
    write_atomic(out, body)
    return Exported(task, {name: ("batch", *shape) for name, shape in shapes.items()}, apart)


def _made(
    net: nn.Module, network: Network[Any], shapes: dict[str, tuple[int, ...]], config: dict[str, Any], form: str
) -> tuple[bytes, Callable[[_Arrays], _Arrays]]:
    """The file's bytes, and what runs them."""
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's own parts to each other
        arguments = tuple(map(torch.from_numpy, _random(shapes, _TRACED)))
        program = torch.export.export(net, arguments, dynamic_shapes=tuple({0: batch} for _ in shapes))
        if form == ".onnx":
            body = _onnx(program, network, tuple(shapes), config)
            return body, _onnx_runner(body, tuple(shapes), network.outputs)
        held = BytesIO()
        torch.export.save(program, held, extra_files={"config.json": json.dumps(config)})
        return held.getvalue(), _torch_runner(held)


def _onnx(
    program: torch.export.ExportedProgram, network: Network[Any], inputs: Sequence[str], config: dict[str, Any]
) -> bytes:
    import onnxscript  # noqa: F401 - which torch asks for deep inside

    made = torch.onnx.export(
        program, input_names=inputs, output_names=network.outputs, dynamo=True, verbose=False, optimize=True
    )
    assert made is not None  # without a file's name it is returned
    made.model.metadata_props.update(task=network.task, config=json.dumps(config))
    return bytes(made.model_proto.SerializeToString())


def _onnx_runner(body: bytes, inputs: Sequence[str], outputs: Sequence[str]) -> Callable[[_Arrays], _Arrays]:
    session = OnnxSession(body)

    def run(arrays: _Arrays) -> _Arrays:
        found = session.run(dict(zip(inputs, arrays, strict=True)))
        return tuple(found[name] for name in outputs)

    return run


def _torch_runner(body: BytesIO) -> Callable[[_Arrays], _Arrays]:
    body.seek(0)
    module = torch.export.load(body).module()
    return lambda arrays: _computed(module, arrays)


def _computed(net: Callable[..., Any], arrays: _Arrays) -> _Arrays:
    with torch.no_grad():
        found = net(*map(torch.from_numpy, arrays))
    return tuple(one.numpy() for one in (found if isinstance(found, tuple) else (found,)))


def _random(shapes: dict[str, tuple[int, ...]], rows: int) -> _Arrays:
    source = np.random.default_rng(rows)
    return tuple(source.standard_normal((rows, *shape), np.float32) for shape in shapes.values())


def _apart(
    net: nn.Module, run: Callable[[_Arrays], _Arrays], network: Network[Any], shapes: dict[str, tuple[int, ...]]
) -> dict[str, float]:
    """Of each output, the largest difference. Raises StageError where one is too large."""
    apart = dict.fromkeys(network.outputs, 0.0)
    for rows in _HELD:
        arrays = _random(shapes, rows)
        for name, theirs, ours in zip(network.outputs, _computed(net, arrays), run(arrays), strict=True):
            found = float(np.abs(theirs - ours).max()) if theirs.shape == ours.shape else float("inf")
            if not found <= _CLOSE * max(1.0, float(np.abs(theirs).max())):
                raise StageError(
                    f"the exported {network.task} is not the checkpoint's: {name} of {rows} rows differs by "
                    f"{found:.3g}, and nothing was written"
                )
            apart[name] = max(apart[name], found)
    return apart
