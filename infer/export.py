"""`faceshards infer export`: a trained network as a file for other runtimes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from faceshards.terminal import Screen


def export(
    checkpoint: Annotated[Path, typer.Argument(help="checkpoint.pt of `faceshards train`, or one of Speech-to-face.")],
    out: Annotated[Path, typer.Option(help="The file to write: NAME.onnx, or NAME.pt2 for torch.export.load.")],
    as_json: Annotated[bool, typer.Option("--json", help="What was written as one JSON object.")] = False,
) -> None:
    """Write a trained network as ONNX, for batches of any size.

    The file is run beside the checkpoint's own network first, and the largest difference told. Task and configuration,
    with the settings of its inputs, stand in its metadata. Needs the extra export.

    Example: faceshards infer export runs/voice/checkpoint.pt --out voice.onnx
    """
    from faceshards.models.export import export as exported

    found = exported(checkpoint, out)
    if as_json:
        Screen(highlight=False).print(json.dumps({"out": str(out), **asdict(found)}), soft_wrap=True, markup=False)
        return
    inputs = ", ".join(f"{name} ({', '.join(map(str, shape))})" for name, shape in found.inputs.items())
    apart = ", ".join(f"{name} {value:.1e}" for name, value in found.apart.items())
    Screen(highlight=False).print(
        escape(f"{out}: {found.task}, of {inputs}; largest difference from torch: {apart}"), soft_wrap=True
    )
