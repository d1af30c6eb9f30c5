"""`faceshards infer`, also `python infer/predict.py`: trained models at work."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Annotated, Literal

if __name__ == "__main__" and not __package__:
    # Run as a file: the folder that Python put first is infer/, where nothing of ours is found.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import typer

from faceshards.infer.export import export

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich", no_args_is_help=True)


@app.callback()
def infer() -> None:
    """Run trained models on files, folders and shards.

    Example: faceshards infer export runs/voice/checkpoint.pt --out voice.onnx
    """


_Where = Annotated[str | None, typer.Option(help="Of shards only rows that match: an expression, or a recipe's name.")]
_Batch = Annotated[int, typer.Option(min=1, help="Inputs that go through the networks at a time.")]
_Device = Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")]
_Force = Annotated[bool, typer.Option("--force", help="Replace results that were made of or by something else.")]
_Show = Annotated[bool, typer.Option("--show", help="Open the pictures (the first 8) with the system's viewer.")]
_Json = Annotated[bool, typer.Option("--json", help="The report and the results as one JSON object on stdout.")]
_OUT = "Folder for NAME.png and NAME.json of each input, laid out as the inputs are; or one .png."


app.command("export")(export)


@app.command("speech-to-face")
def speech_to_face(
    voice_encoder: Annotated[Path, typer.Option(help="checkpoint.pt of `faceshards train voice-encoder`.")],
    face_decoder: Annotated[Path, typer.Option(help="checkpoint.pt of `faceshards train face-decoder`.")],
    out: Annotated[Path, typer.Option(help=_OUT)],
    inputs: Annotated[
        list[str] | None, typer.Argument(help="Sounds, videos, folders of them; shards by path or URL.")
    ] = None,
    audio: Annotated[list[str] | None, typer.Option(help="The same by name; may be given again.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="spectrogram.PARAMETER=VALUE, for a checkpoint that does not say what it was trained on."
        ),
    ] = None,
    where: _Where = None,
    batch_size: _Batch = 8,
    device: _Device = "cpu",
    force: _Force = False,
    show: _Show = False,
    as_json: _Json = False,
) -> None:
    """Draw the faces that voices suggest: of each the first seconds, as many as the voice encoder was trained on.

    Beside each picture stands the speaker's own face where the input shows one: a video, a row with face.jpg, a sound
    with a picture of its name beside it. What is done is passed over by the next run; a bad input is told at the end.

    Example: faceshards infer speech-to-face voices/*.wav --voice-encoder runs/voice/checkpoint.pt
    --face-decoder runs/decoder/checkpoint.pt --out faces
    """
    from faceshards.infer.given.inputs import SOUNDS, VIDEOS
    from faceshards.infer.run.terminal import InferenceOptions, infer_and_tell

    paths = [*(inputs or ()), *(audio or ())]
    asked = InferenceOptions("speech-to-face", paths, out, batch_size, where, force, show, as_json)
    found = asked.inputs(SOUNDS | VIDEOS)
    from faceshards.infer.run.results import Results
    from faceshards.infer.speech_to_face import SpeechToFace

    model = SpeechToFace(voice_encoder, face_decoder, device=device, settings=settings or ())
    infer_and_tell(asked, found, model, Results(out, model.made, single=asked.single, force=force))


@app.command("face-to-face")
def face_to_face(
    inputs: Annotated[list[str], typer.Argument(help="Pictures, videos, folders of them; shards by path or URL.")],
    face_decoder: Annotated[Path, typer.Option(help="checkpoint.pt of `faceshards train face-decoder`.")],
    out: Annotated[Path, typer.Option(help=_OUT)],
    face_encoder: Annotated[
        Literal["serengil", "rcmalli"] | None, typer.Option(help="Whose layout of VGG-Face the weights have.")
    ] = None,
    face_encoder_weights: Annotated[
        Path | None, typer.Option(help="VGG-Face's state_dict, for a decoder that was trained on its embeddings.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Each picture is a face as it stands: it is squashed to 224 x 224.")
    ] = False,
    where: _Where = None,
    batch_size: _Batch = 8,
    device: _Device = "cpu",
    force: _Force = False,
    show: _Show = False,
    as_json: _Json = False,
) -> None:
    """Draw faces again from their embeddings, beside the faces themselves: what a face decoder has learned.

    The face is the best one of the picture or video (or a row's face.jpg), upright. The checkpoint says of which
    encoder's embeddings it draws: dlib's, VGG-Face's (then give the weights), or of the one that never learned.

    Example: faceshards infer face-to-face photos --face-decoder runs/decoder/checkpoint.pt --out drawn
    --face-encoder serengil --face-encoder-weights vgg_face.pt
    """
    from faceshards.infer.given.inputs import PICTURES, VIDEOS
    from faceshards.infer.run.terminal import InferenceOptions, infer_and_tell

    asked = InferenceOptions("face-to-face", inputs, out, batch_size, where, force, show, as_json)
    found = asked.inputs(PICTURES | VIDEOS)
    from faceshards.infer.face_to_face import FaceToFace
    from faceshards.infer.run.results import Results

    model = FaceToFace(
        face_decoder, face_encoder=face_encoder, weights=face_encoder_weights, whole=whole, device=device
    )
    infer_and_tell(asked, found, model, Results(out, model.made, single=asked.single, force=force))


@app.command("separate")
def separate(
    inputs: Annotated[
        list[str],
        typer.Argument(help="Sounds or videos in which several speak; folders; shards by path or URL."),
    ],
    separator: Annotated[Path, typer.Option(help="checkpoint.pt of `faceshards train separator`.")],
    out: Annotated[Path, typer.Option(help="Folder for NAME/FACE.wav of each input, 16 kHz, and NAME.json.")],
    face: Annotated[
        list[str] | None,
        typer.Option(
            help="Who speaks: a video or picture, SHARD.tar/KEY, or an .npy of embeddings (T, D), 25 a second; once "
            "for each speaker. Without it the input's own video shows them."
        ),
    ] = None,
    where: _Where = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Windows of 3 s that go through the network at a time.")] = 8,
    device: _Device = "cpu",
    force: _Force = False,
    as_json: _Json = False,
) -> None:
    """Tell apart who says what: a mixture of voices and the faces of those who speak become a sound of each.

    Sounds may be of any length and rate. Of a video without --face the faces are followed; face-1.wav is that of the
    leftmost, whose picture stands beside it.

    Example: faceshards infer separate talk.mp4 --separator runs/separator/checkpoint.pt --out voices

    Example: faceshards infer separate talk.wav --face anna.mp4 --face ben.mp4 --separator runs/separator/checkpoint.pt
    --out voices
    """
    from faceshards.infer.given.inputs import SOUNDS, VIDEOS
    from faceshards.infer.run.terminal import InferenceOptions, infer_and_tell

    asked = InferenceOptions("separate", inputs, out, 1, where, force, as_json=as_json, pictures=False)
    found = asked.inputs(SOUNDS | VIDEOS)
    from faceshards.infer.run.results import Results
    from faceshards.infer.separate import Separation

    model = Separation(separator, face or (), device=device, windows_at_a_time=batch_size)
    infer_and_tell(asked, found, model, Results(out, model.made, force=force, kinds=("", ".json")))


@app.command("audio-to-expression")
def audio_to_expression(
    inputs: Annotated[list[str], typer.Argument(help="Sounds, videos, folders of them; shards by path or URL.")],
    expression: Annotated[Path, typer.Option(help="checkpoint.pt of `faceshards train expression`.")],
    out: Annotated[Path, typer.Option(help="Folder for NAME.npz and NAME.json of each input.")],
    reference: Annotated[
        Path | None,
        typer.Option(
            help="The face at rest: a sequence's folder of codes, or an .npz of this command. Without it a row's own "
            "first frame, else the mean head."
        ),
    ] = None,
    where: _Where = None,
    device: _Device = "cpu",
    force: _Force = False,
    as_json: _Json = False,
) -> None:
    """Make the codes of a face that says what is heard: EMOCA's 284 numbers, 25 frames a second.

    Each .npz has shapecode, expcode, posecode and detailcode, float32 (T, D), as 3DXTalker's folders have them.

    Example: faceshards infer audio-to-expression talk.wav --expression runs/expression/checkpoint.pt --out codes
    """
    from faceshards.infer.given.inputs import SOUNDS, VIDEOS
    from faceshards.infer.run.terminal import InferenceOptions, infer_and_tell

    asked = InferenceOptions("audio-to-expression", inputs, out, 1, where, force, as_json=as_json, pictures=False)
    found = asked.inputs(SOUNDS | VIDEOS)
    from faceshards.infer.audio_to_expression import AudioToExpression, reference_of
    from faceshards.infer.run.results import Results

    model = AudioToExpression(expression, None if reference is None else reference_of(reference), device=device)
    infer_and_tell(asked, found, model, Results(out, model.made, force=force, kinds=(".npz", ".json")))


if __name__ == "__main__" and not __package__:
    sys.argv[:1] = ["faceshards", "infer"]
    runpy.run_module("faceshards", run_name="__main__")
