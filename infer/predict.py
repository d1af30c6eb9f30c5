"""`faceshards infer`, also `python infer/predict.py`: trained models at work."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Annotated

if __name__ == "__main__" and not __package__:
    # Run as a file: the folder that Python put first is infer/, where nothing of ours is found.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import typer
from rich.markup import escape

from faceshards.terminal import Screen

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich", no_args_is_help=True)


@app.callback()
def infer() -> None:
    """Run trained models."""


@app.command("speech-to-face")
def speech_to_face(
    audio: Annotated[Path, typer.Option(help="A sound or video file; its first 6 s are heard.")],
    voice_encoder: Annotated[Path, typer.Option(help="checkpoint.pt of `faceshards train voice-encoder`.")],
    face_decoder: Annotated[Path, typer.Option(help="checkpoint.pt of `faceshards train face-decoder`.")],
    out: Annotated[Path, typer.Option(help="The PNG to write: the face, and beside it the face with its points.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Where the picture is, and its points, as one JSON object.")
    ] = False,
) -> None:
    """Draw the face that a voice suggests.

    Example: faceshards infer speech-to-face --audio voice.wav --voice-encoder runs/voice/checkpoint.pt
    --face-decoder runs/decoder/checkpoint.pt --out face.png
    """
    from faceshards.infer.face_picture import side_by_side
    from faceshards.infer.speech_to_face import SpeechToFace
    from faceshards.media.picture import encode_png
    from faceshards.shards.storage.atomic import write_atomic

    model = SpeechToFace(voice_encoder, face_decoder)
    face = model(audio)
    write_atomic(out, encode_png(side_by_side(face)))
    console = Screen(stderr=as_json, highlight=False)
    console.print(f"{escape(str(out))}: the face of {escape(audio.name)}, and the same with its points", soft_wrap=True)
    if model.untrained_targets:
        console.print(
            "These networks learned from an untrained face encoder: the picture shows the plumbing, not quality.",
            soft_wrap=True,
        )
    if as_json:
        record = {"out": str(out), "points": face.points.tolist(), "untrained_targets": model.untrained_targets}
        Screen(highlight=False).print(json.dumps(record), soft_wrap=True, markup=False)


if __name__ == "__main__" and not __package__:
    sys.argv[:1] = ["faceshards", "infer"]
    runpy.run_module("faceshards", run_name="__main__")
