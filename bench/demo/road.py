"""The demo's road: which commands it runs, in which order, on which files. Each is the command that a user
would type.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from faceshards.errors import FaceshardsError, StorageError, UsageError

_CHECKOUT = Path(__file__).resolve().parents[2]
#: What speech-to-face training needs of a clip.
TRAINABLE = "face_share > 0.5 AND snr_db IS NOT NULL"
#: How a user names another folder, in either command.
_OUT = "--out (make demo DEMO_OUT=...)"
#: What is made of every clip with sound: all that comes with the package and the files of `weights pull embedded`.
ALL_STAGES = (
    "faces,face_crop,crop,landmarks,points68,expression,headpose,gaze,dwpose,mask,quality,shots,identity,"
    "stylize,swap,spectrogram,loudness,envelope,speech,voice"
)


@dataclass(frozen=True)
class Step:
    """One command of the road: its kind, a line that says what it is for, and the words after `faceshards`."""

    kind: str
    aim: str
    words: tuple[str, ...]

    def arguments(self) -> list[str]:
        """The process to start: the packing script itself in a checkout, the front door for all else."""
        script = _CHECKOUT / "packing" / "pack.py"
        if self.kind == "pack" and script.is_file():
            return [sys.executable, str(script), *self.words[1:]]
        return [sys.executable, "-m", "faceshards", *self.words]

    def line(self) -> str:
        """The command as a user types it."""
        if self.kind == "pack":
            return shlex.join(["python", "packing/pack.py", *self.words[1:]])
        return shlex.join(["faceshards", *self.words])

    def run(self) -> float:
        """Runs the command in its own process and returns its seconds. Raises FaceshardsError when it fails."""
        begin = time.perf_counter()
        code = subprocess.run(self.arguments(), check=False).returncode
        if code:
            raise FaceshardsError(
                f"the demo stops: `{self.line()}` ended with exit code {code}: its own message stands above; "
                "run the demo again to go on from here"
            )
        return time.perf_counter() - begin


@dataclass(frozen=True)
class Road:
    """Where things lie under the demo's folder."""

    out: Path

    @classmethod
    def of(cls, out: Path, source: Path | None) -> Road:
        """The road of the made clips, or of a user's own, whose folder below `out` has their name.

        Raises UsageError where there is no such input, where the folder is another input's, or lies inside of the input
        and would be packed with it the next time; StorageError where it cannot be written.
        """
        if source is None:
            road, made_from = cls(out), "portraits"
        else:
            road, made_from = cls(out / "yours" / source.resolve().name), str(source.resolve())
            if not source.exists():
                raise UsageError(f"--input {source}: no such file or folder")
            if road.out.resolve().is_relative_to(source.resolve()):
                raise UsageError(f"{road.out} lies inside of the input {source}: name another folder with {_OUT}")
        road._claim(made_from)
        return road

    def _claim(self, made_from: str) -> None:
        """Notes in the folder what it is made from, so that two inputs never share one."""
        note = self.out / "made_from.txt"
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            if note.exists() and note.read_text("utf-8", "surrogateescape") != made_from:
                raise UsageError(f"{self.out} holds the demo of another input ({note}): name another with {_OUT}")
            note.write_text(made_from, "utf-8", "surrogateescape")
        except OSError as error:
            raise StorageError(
                f"{self.out}: {error.strerror}: name a folder that can be written with {_OUT}"
            ) from error

    @property
    def shards(self) -> Path:
        """The folder of the shards."""
        return self.out / "shards"

    @property
    def face(self) -> Path:
        """The picture that speech-to-face makes."""
        return self.out / "face.png"

    @property
    def report(self) -> Path:
        """The page."""
        return self.out / "report.html"

    def trained(self, model: str) -> Path:
        """The folder of a model's checkpoint and losses."""
        return self.out / "models" / model

    @property
    def voice(self) -> Path:
        """The sound that speech-to-face hears."""
        return self.out / "voice.wav"

    def own_packing(self, archive: Path, clips: Path) -> list[Step]:
        """Packs the raw input that the demo made."""
        labels = ("--collection", "demo", "--licence", "public domain")
        zipped = ("--fps", "25", "--identity", r"Clip\+(\w+)\+", *labels)
        named = ("--identity", r"^([a-z]+)_\d", *labels)
        shards = str(self.shards)
        return [
            Step("pack", "a zip of frame folders", ("pack", "--zip", str(archive), "--out", shards, *zipped)),
            Step("pack", "a folder of video files", ("pack", str(clips), "--out", shards, *named)),
        ]

    def own_curation(self, possible: Mapping[str, str]) -> list[Step]:
        """Enriches the shards of the demo's own clips; `possible`: a shard's name -> the stages that it allows."""
        return [
            self._curate("the silent clips, in place", ["group124.tar"], possible["group124.tar"]),
            self._curate("the clips with sound, in place", ["clips.tar"], possible["clips.tar"]),
        ]

    def user_packing(self, source: Path) -> list[Step]:
        """Packs a user's own clips."""
        words = ("--zip", str(source)) if source.suffix == ".zip" else (str(source),)
        return [Step("pack", "your clips", ("pack", *words, "--out", str(self.shards)))]

    def user_curation(self, possible: Mapping[str, str]) -> list[Step]:
        """Enriches the shards of a user's clips; `possible`: a shard's name -> the stages that it allows."""
        groups: dict[str, list[str]] = {}
        for name, stages in possible.items():
            groups.setdefault(stages, []).append(name)
        alike = len(groups) == 1
        return [
            self._curate("your clips, in place", [""] if alike else names, stages) for stages, names in groups.items()
        ]

    def _curate(self, aim: str, names: Sequence[str], stages: str) -> Step:
        paths = [str(self.shards / name) for name in names]
        return Step("curate", aim, ("curate", *paths, "--stages", stages, "--workers", "2"))

    def training(self, clips: int) -> Iterator[Step]:
        """Trains both networks on the clips that can be trained on; of these there are so many, two at least."""
        decoder = ("--steps", "100", "--batch-size", str(min(4, clips)), "--lr", "0.005")
        encoder = ("--steps", "40", "--batch-size", "2")
        for model, pace in (("face-decoder", decoder), ("voice-encoder", encoder)):
            data = ("--data", str(self.shards), "--where", TRAINABLE, "--out", str(self.trained(model)))
            words = ("train", model, *data, "--width", "0.125", *pace, "--num-workers", "2", "--resume")
            yield Step("train", f"the {model} on shuffled shards", words)

    def inference(self) -> Step:
        """Speech to a face with the checkpoints of the training."""
        words = ("--audio", str(self.voice), "--out", str(self.face))
        encoder, decoder = (self.trained(model) / "checkpoint.pt" for model in ("voice-encoder", "face-decoder"))
        nets = ("--voice-encoder", str(encoder), "--face-decoder", str(decoder))
        return Step("infer", "a voice becomes a picture", ("infer", "speech-to-face", *words, *nets, "--force"))

    def inspection(self) -> Step:
        """The table of what is in the shards."""
        return Step("inspect", "what is in the shards", ("inspect", str(self.shards)))
