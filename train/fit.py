"""`faceshards train`, also `python train/fit.py`: voice encoders and face decoders trained on shards."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Annotated

if __name__ == "__main__" and not __package__:
    # Run as a file: the folder that Python put first is train/, where nothing of ours is found.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import typer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich", no_args_is_help=True)

Data = Annotated[list[Path], typer.Option(help="Shards or folders of shards; may be given again.")]
Out = Annotated[Path, typer.Option(help="Folder for checkpoint.pt, losses.csv and TensorBoard's files.")]
Where = Annotated[str | None, typer.Option(help="Only rows that match: an expression, or a recipe's name.")]
LoaderName = Annotated[
    str, typer.Option("--loader", help="shards (exact resume) or webdataset (the classic pipeline).")
]
Width = Annotated[float, typer.Option(min=0.01, max=4, help="Channels as a share of S003's: 0.125 trains on a laptop.")]
BatchSize = Annotated[int, typer.Option(min=2, help="Samples a step.")]
Steps = Annotated[int, typer.Option(min=1, help="Steps in all, those before a resume included.")]
Rate = Annotated[float, typer.Option("--lr", help="Adam's learning rate.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of weights and order.")]
Workers = Annotated[int, typer.Option(min=0, help="Processes that load data.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in --out, if there is one.")]
SaveEvery = Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")]
FaceEncoder = Annotated[
    Path | None,
    typer.Option(
        help="VGG-Face's state_dict, which gives the target embeddings; without it an untrained encoder does."
    ),
]
Device = Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")]
Json = Annotated[bool, typer.Option("--json", help="The outcome as one JSON object on stdout.")]


@app.callback()
def train() -> None:
    """Train speech-to-face models on shards."""


@app.command("voice-encoder")
def voice_encoder(
    data: Data,
    out: Out,
    where: Where = None,
    loader: LoaderName = "shards",
    width: Width = 1.0,
    batch_size: BatchSize = 2,
    steps: Steps = 1000,
    lr: Rate = 1e-3,
    seed: Seed = 0,
    num_workers: Workers = 0,
    resume: Resume = False,
    save_every: SaveEvery = 10,
    face_encoder: FaceEncoder = None,
    face_decoder: Annotated[
        Path | None, typer.Option(help="A trained decoder, for the third term of the loss.")
    ] = None,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Train a network that hears a voice and gives the embedding of its speaker's face.

    Needs the columns spectrogram.npy and face.jpg; samples without them are left out. A killed run, given again with
    --resume, ends with the very losses of one that was not killed (with --loader shards).

    Example: faceshards train voice-encoder --data train_set --out runs/voice --width 0.125 --steps 200 --num-workers 2
    """
    from faceshards.loaders.views.speech_to_face import SpeechToFace
    from faceshards.train.batches import Source
    from faceshards.train.face_targets import face_targets
    from faceshards.train.loop import Run, deterministic
    from faceshards.train.restore import trained_decoder
    from faceshards.train.tasks.voice_encoder import VoiceEncoderTask
    from faceshards.train.terminal import train_and_tell

    run = Run(out, steps, lr, save_every, resume, device)
    source = Source(data, loader, batch_size, num_workers, where, seed)
    deterministic(seed, device)
    faces = face_targets(face_encoder, width)
    task = VoiceEncoderTask(faces, width, trained_decoder(face_decoder, faces) if face_decoder else None)
    train_and_tell(task, source.batches(SpeechToFace()), run, [*faces.notes, *source.notes(resume)], as_json=as_json)


@app.command("face-decoder")
def face_decoder(
    data: Data,
    out: Out,
    where: Where = None,
    loader: LoaderName = "shards",
    width: Width = 1.0,
    batch_size: BatchSize = 2,
    steps: Steps = 1000,
    lr: Rate = 1e-3,
    seed: Seed = 0,
    num_workers: Workers = 0,
    resume: Resume = False,
    save_every: SaveEvery = 10,
    face_encoder: FaceEncoder = None,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Train a network that draws a face and its five points from the face's embedding.

    Needs the columns face.jpg and json (face_points); samples without a face are left out. Resumes as voice-encoder
    does.

    Example: faceshards train face-decoder --data train_set --out runs/decoder --width 0.125 --steps 200
    """
    from faceshards.loaders.views.speech_to_face import FaceWithPoints
    from faceshards.train.batches import Source
    from faceshards.train.face_targets import face_targets
    from faceshards.train.loop import Run, deterministic
    from faceshards.train.tasks.face_decoder import FaceDecoderTask
    from faceshards.train.terminal import train_and_tell

    run = Run(out, steps, lr, save_every, resume, device)
    source = Source(data, loader, batch_size, num_workers, where, seed)
    deterministic(seed, device)
    faces = face_targets(face_encoder, width)
    train_and_tell(
        FaceDecoderTask(faces, width),
        source.batches(FaceWithPoints()),
        run,
        [*faces.notes, *source.notes(resume)],
        as_json=as_json,
    )


if __name__ == "__main__" and not __package__:
    sys.argv[:1] = ["faceshards", "train"]
    runpy.run_module("faceshards", run_name="__main__")
