"""The demo's road: which commands it runs, in which order, on which files. Each is the command that a user
would type.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from faceshards.errors import FaceshardsError

_CHECKOUT = Path(__file__).resolve().parents[2]
#: What speech-to-face training needs of a clip.
TRAINABLE = "face_share > 0.5 AND snr_db IS NOT NULL"
ALL_STAGES = "faces,face_crop,spectrogram,loudness,stylize,swap"
SILENT_STAGES = "faces,face_crop,stylize,swap"


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

    def own_raw(self, archive: Path, clips: Path) -> Iterator[Step]:
        """Packs and enriches the raw input that the demo made."""
        labels = ("--collection", "demo", "--licence", "public domain")
        zipped = ("--fps", "25", "--identity", r"Clip\+(\w+)\+", *labels)
        named = ("--identity", r"^([a-z]+)_\d", *labels)
        shards = str(self.shards)
        yield Step("pack", "a zip of frame folders", ("pack", "--zip", str(archive), "--out", shards, *zipped))
        yield Step("pack", "a folder of video files", ("pack", str(clips), "--out", shards, *named))
        yield Step("curate", "the silent clips, in place", self._curate("group124.tar", SILENT_STAGES))
        yield Step("curate", "the clips with sound, in place", self._curate("clips.tar", ALL_STAGES))

    def user_raw(self, source: Path) -> Iterator[Step]:
        """Packs and enriches a user's own clips."""
        words = ("--zip", str(source)) if source.suffix == ".zip" else (str(source),)
        yield Step("pack", "your clips", ("pack", *words, "--out", str(self.shards)))
        yield Step("curate", "your clips, in place", self._curate("", ALL_STAGES))

    def _curate(self, shard: str, stages: str) -> tuple[str, ...]:
        return ("curate", str(self.shards / shard), "--stages", stages, "--workers", "2")

    def training(self) -> Iterator[Step]:
        """Trains both networks on the clips that can be trained on."""
        decoder = ("--steps", "100", "--batch-size", "4", "--lr", "0.005")
        encoder = ("--steps", "40", "--batch-size", "2")
        for model, pace in (("face-decoder", decoder), ("voice-encoder", encoder)):
            data = ("--data", str(self.shards), "--where", TRAINABLE, "--out", str(self.trained(model)))
            words = ("train", model, *data, "--width", "0.125", *pace, "--num-workers", "2", "--resume")
            yield Step("train", f"the {model} on shuffled shards", words)

    def inference(self, voice: Path) -> Step:
        """Speech to a face with the checkpoints of the training."""
        words = ("--audio", str(voice), "--out", str(self.face))
        encoder, decoder = (self.trained(model) / "checkpoint.pt" for model in ("voice-encoder", "face-decoder"))
        nets = ("--voice-encoder", str(encoder), "--face-decoder", str(decoder))
        return Step("infer", "a voice becomes a picture", ("infer", "speech-to-face", *words, *nets))

    def inspection(self) -> Step:
        """The table of what is in the shards."""
        return Step("inspect", "what is in the shards", ("inspect", str(self.shards)))
