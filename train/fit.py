"""`faceshards train`, also `python train/fit.py`: models trained on shards."""

from __future__ import annotations

import runpy
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

if __name__ == "__main__" and not __package__:
    # Run as a file: the folder that Python put first is train/, where nothing of ours is found.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import typer

from faceshards.train.options import TrainingOptions, command_of

if TYPE_CHECKING:
    from faceshards.loaders.serve.view import View
    from faceshards.loaders.units.chosen import UnitView
    from faceshards.loaders.views.code_statistics import CodeStatistics
    from faceshards.train.face_targets import FaceTargets
    from faceshards.train.tasks.task import Task

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich", no_args_is_help=True)


@app.callback()
def train() -> None:
    """Train models on shards.

    Example: faceshards train face-decoder --data train_set --out runs/decoder --width 0.125 --steps 200"""


@dataclass(frozen=True, kw_only=True)
class FaceTraining(TrainingOptions):
    """What the two trainings take whose targets are embeddings of faces."""

    face_encoder: Annotated[
        Path | None,
        typer.Option(help="VGG-Face's state_dict, for the target embeddings; without it an untrained encoder's."),
    ] = None
    embedding: Annotated[
        str | None,
        typer.Option(help="The column that holds them already: face_embedding.npy, identity.npy."),
    ] = None

    #: The option of data that come with embeddings: by default those that `faceshards pack` found beside them.
    comes_with_one: ClassVar[str]

    def __post_init__(self) -> None:
        if self.embedding is None and getattr(self, self.comes_with_one) is not None:
            object.__setattr__(self, "embedding", "face_embedding.npy")

    def faces(self) -> FaceTargets:
        """The encoder; or the column, where one is read and no encoder is named."""
        from faceshards.train.face_targets import face_targets, given_embeddings
        from faceshards.train.given import length_of, origin_of

        if self.embedding is None or self.face_encoder is not None:
            return face_targets(self.face_encoder, self.width)
        return given_embeddings(origin_of(self.embedding, self.data), length_of(self.embedding, self.data))


@dataclass(frozen=True, kw_only=True)
class VoiceEncoderTraining(FaceTraining):
    """Train a network that hears a voice and gives the embedding of its speaker's face.

    Needs the columns spectrogram.npy and face.jpg; samples without them are left out. A killed run, given again with
    --resume, ends with the very losses of one that was not killed (with --loader shards).

    Example: faceshards train voice-encoder --data train_set --out runs/voice --width 0.125 --steps 200 --num-workers 2
    """

    comes_with_one: ClassVar[str] = "pairs"

    face_decoder: Annotated[Path | None, typer.Option(help="A trained decoder, for the third term of the loss.")] = None
    pairs: Annotated[
        str | None,
        typer.Option(help="Learn from pairs of a person: all, one-to-one, all-to-one, random; else from each clip."),
    ] = None
    coefficients: Annotated[
        tuple[float, float, float], typer.Option(help="Of distance, distillation and the decoder's term.")
    ] = (0.025, 200.0, 1.0)
    old_loss: Annotated[
        bool, typer.Option("--old-loss", help="Speech-to-face's own figures: norms and sums of the whole batch.")
    ] = False
    linear: Annotated[
        bool, typer.Option("--linear", help="No ReLU at the end: for embeddings that are not VGG-Face's.")
    ] = False

    def task(self, faces: FaceTargets) -> Task:
        """See `VoiceEncoderTask`."""
        from faceshards.train.restore import trained_decoder
        from faceshards.train.tasks.voice_encoder import Coefficients, VoiceEncoderTask

        decoder = trained_decoder(self.face_decoder, faces) if self.face_decoder else None
        weights = Coefficients(*self.coefficients)
        return VoiceEncoderTask(faces, self.width, decoder, weights, old_loss=self.old_loss, rectified=not self.linear)

    def view(self) -> View | UnitView:
        """A voice, and the face of its speaker."""
        from faceshards.loaders.views.speech_to_face import VoiceWithFace
        from faceshards.train.given import WithEmbedding

        if self.pairs is not None:
            from faceshards.loaders.views.speech_face import SpeechFace

            return SpeechFace(self.pairs, embedding=str(self.embedding))  # type: ignore[arg-type]
        return VoiceWithFace() if self.embedding is None else WithEmbedding(VoiceWithFace(), self.embedding)


@dataclass(frozen=True, kw_only=True)
class FaceDecoderTraining(FaceTraining):
    """Train a network that draws a face and its points from the face's embedding.

    Needs the columns face.jpg and json (five points); with --landmarks pictures as Speech-to-face packs them, with
    their embeddings and 72 points. Samples without a face are left out. Resumes as voice-encoder does.

    Example: faceshards train face-decoder --data train_set --out runs/decoder --width 0.125 --steps 200

    Example: faceshards train face-decoder --data train_set/HQ --landmarks face_landmarks.npy --out runs/faces
    """

    comes_with_one: ClassVar[str] = "landmarks"

    landmarks: Annotated[
        str | None,
        typer.Option(help="Learn from pictures, whose 72 points are in this column: face_landmarks.npy, points72.npy."),
    ] = None
    cosine: Annotated[
        float, typer.Option(min=0, help="Weight of what the face encoder sees in the picture that was drawn.")
    ] = 0.0

    def task(self, faces: FaceTargets) -> Task:
        """See `FaceDecoderTask`."""
        from faceshards.train.tasks.face_decoder import FaceDecoderTask

        return FaceDecoderTask(faces, self.width, 5 if self.landmarks is None else 72, cosine=self.cosine)

    def view(self) -> View | UnitView:
        """A face and its points."""
        from faceshards.loaders.views.speech_to_face import FaceWithPoints
        from faceshards.train.given import WithEmbedding

        if self.landmarks is not None:
            from faceshards.loaders.views.face_decoder import FaceWithLandmarks

            return FaceWithLandmarks(embedding=str(self.embedding), landmarks=self.landmarks)
        return FaceWithPoints() if self.embedding is None else WithEmbedding(FaceWithPoints(), self.embedding)


@dataclass(frozen=True, kw_only=True)
class SeparatorTraining(TrainingOptions):
    """Train a network that tells voices apart by the faces of those who speak (speech_separation's).

    Needs a sound and face_embeddings.npy; mixtures are made while the clips are read. Leave out clips without a face in
    each frame, and those of less than three seconds: --where 'face_embeddings_share = 1 AND sound_duration >= 2.95'.

    Example: faceshards train separator --data train_set --out runs/separator --sound video --embedding 128 --max-epochs
    100 --lr 1e-5 --schedule step
    """

    speakers: Annotated[int, typer.Option(min=2, help="Voices in a mixture.")] = 2
    mixtures: Annotated[int | None, typer.Option(min=1, help="So many of all combinations.")] = None
    sound: Annotated[str, typer.Option(help="The column that is heard: wav; video, the clip's own sound.")] = "wav"
    face_column: Annotated[str, typer.Option(help="The column of faces, a row a frame.")] = "face_embeddings.npy"
    embedding: Annotated[int, typer.Option(min=1, help="Numbers of a face: 1792 by FaceNet, 128 by dlib.")] = 1792
    joint: Annotated[
        float | None, typer.Option(min=0.01, max=4, help="Width of the layers behind both streams; else --width.")
    ] = None
    power: Annotated[
        float, typer.Option(min=0.01, max=1, help="The network hears magnitudes raised to this: 0.3 learns sooner.")
    ] = 1.0
    gamma: Annotated[float, typer.Option(min=0, max=1, help="Weight of the distance from the others' voices.")] = 0.1
    by_loudness: Annotated[
        bool, typer.Option("--by-loudness", help="What is loud in a mixture counts more; silence has no mask to learn.")
    ] = False

    def task(self, faces: None) -> Task:
        """See `SeparatorTask`."""
        from faceshards.train.tasks.separator import SeparatorTask

        how: dict[str, Any] = {"joint": self.joint, "power": self.power, "gamma": self.gamma}
        return SeparatorTask(self.width, self.speakers, self.embedding, by_loudness=self.by_loudness, **how)

    def view(self) -> View | UnitView:
        """Mixtures of speakers."""
        from faceshards.loaders.views.avspeech import SpeechMixtures

        return SpeechMixtures(self.speakers, most=self.mixtures, sound=self.sound, faces=self.face_column)


@dataclass(frozen=True, kw_only=True)
class ExpressionTraining(TrainingOptions):
    """Train a small network that hears a voice, sees a face at rest, and gives the codes of the face that says it.

    Needs the columns that `faceshards pack emoca` makes; sequences that are shorter than a window are left out. Means
    and deviations of the codes are made of the rows that are trained on, unless they are given. Resumes as
    voice-encoder does. It is a baseline: see the page on training for what it leaves out of 3DXTalker.

    Example: faceshards train expression --data train_set/EMOCA --out runs/expression --batch-size 16 --steps 2000
    """

    frames: Annotated[int, typer.Option(min=2, help="Frames of a window, 25 a second.")] = 250
    envelope: Annotated[str, typer.Option(help="column (envelope.npy), or sound: made of the window's own.")] = "column"
    statistics: Annotated[
        Path | None, typer.Option(help="data_mean_std.npz, of `faceshards stats` with --deltas --joined.")
    ] = None

    def task(self, faces: None) -> Task:
        """See `ExpressionTask`."""
        from faceshards.train.tasks.expression import ExpressionTask

        return ExpressionTask(self.width)

    def view(self) -> View:
        """Windows of codes with their sound."""
        from faceshards.loaders.views.emoca import EmocaCodes

        return EmocaCodes(self.frames, statistics=self._standard, envelope=self.envelope)

    @cached_property
    def _standard(self) -> CodeStatistics:
        from faceshards.train.batches import TrainingData
        from faceshards.train.code_statistics import code_statistics
        from faceshards.train.held_out import held_out

        data = TrainingData(self.data, where=self.where)
        rows = held_out(data, self.val_data, self.val_where, by_split=not self.no_validation).training
        return code_statistics(self.out, self.statistics, rows.paths, rows.where, self.resume)


#: Task -> its options; each is a command.
TASKS: dict[str, type[TrainingOptions]] = {
    "voice-encoder": VoiceEncoderTraining,
    "face-decoder": FaceDecoderTraining,
    "separator": SeparatorTraining,
    "expression": ExpressionTraining,
}

for _name, _options in TASKS.items():
    app.command(_name)(command_of(_options))


if __name__ == "__main__" and not __package__:
    sys.argv[:1] = ["faceshards", "train"]
    runpy.run_module("faceshards", run_name="__main__")
