"""A training by the preset `voice-encoder-small`, and looks at whom it takes the held-out voices for."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from faceshards.bench.made_voice import RATE
from faceshards.bench.voice_encoder.pitch import nearest_pitch
from faceshards.bench.voice_encoder.speakers import VoiceSpans, write_speakers
from faceshards.loaders import ShardDataset
from faceshards.models.nets.voice_encoder import VoiceEncoder
from faceshards.models.trained import VOICE_ENCODER, trained

#: Steps of a run: the preset's.
STEPS = 1100
# Six seconds in 301 frames, not 601, for half the arithmetic; all equally loud, as Speech-to-face has them.
_SETTINGS = ("hop_length=20", "rms=-23")


@dataclass(frozen=True)
class VoiceLook:
    """Of the held-out sounds after `step`, the share whose speaker's embedding is the nearest of all, 0..1."""

    step: int
    top1: float


@dataclass(frozen=True)
class Learned:
    """What came of a trial: of so many held-out sounds of so many speakers, the share that is right, 0..1, by the
    network, by the same network before its first step, by the mean pitch alone, and by chance; the processor time of
    the training in seconds.
    """

    speakers: int
    held: int
    looks: list[VoiceLook]
    untrained: float
    by_pitch: float
    chance: float
    cpu_seconds: float


@dataclass(frozen=True)
class Trial:
    """Shards of some speakers, and the run on them; `faces`: their embeddings float32 (4096,) by name. `by_pitch`: what
    the mean pitch alone gets right, as `VoiceLook.top1`.
    """

    work: Path
    faces: Mapping[str, np.ndarray]
    held: int
    by_pitch: float

    @classmethod
    def of(cls, speakers: Iterable[VoiceSpans], work: Path) -> Trial:
        """Packed and curated as a user does it."""
        everybody = list(speakers)
        faces = write_speakers(everybody, work)
        _faceshards("pack", "speech-face", work / "trained", work / "held", "--out", work / "shards")
        sounds = work / "shards" / "trained.tar", work / "shards" / "held.tar"
        settings = [word for one in _SETTINGS for word in ("--set", f"spectrogram.{one}")]
        _faceshards("curate", *sounds, "--stages", "spectrogram", *settings, "--inline")
        by_pitch = nearest_pitch(
            {one.name: one.trained for one in everybody}, {one.name: one.held for one in everybody}, RATE
        )
        return cls(work, faces, sum(len(one.held) for one in everybody), by_pitch)

    def learned(self, looks: int = 5, steps: int = STEPS) -> Learned:
        """Trains so many steps, and says what came of it."""
        begin = _used()
        seen = list(self._looks(looks, steps))
        used = _used() - begin
        count = len(self.faces)
        return Learned(count, self.held, seen, self._untrained(), self.by_pitch, 1 / count, used)

    def _looks(self, looks: int, steps: int) -> Iterator[VoiceLook]:
        """Trains, going on from look to look."""
        data = [word for name in ("trained", "trained-embedding") for word in ("--data", self.shards / f"{name}.tar")]
        for step in (steps * number // looks for number in range(1, looks + 1)):
            _faceshards("train", "voice-encoder", "--config", "voice-encoder-small", *data,
                        "--out", self.run, "--steps", str(step), "--resume")  # fmt: skip
            yield VoiceLook(step, self._top1(self._latest()[0]))

    @property
    def shards(self) -> Path:
        """Their folder."""
        return self.work / "shards"

    @property
    def run(self) -> Path:
        """The run's folder."""
        return self.work / "run"

    def _untrained(self) -> float:
        """What the same network gets right before its first step, as `VoiceLook.top1`."""
        torch.manual_seed(0)
        return self._top1(VOICE_ENCODER.build(self._latest()[1]))

    def _latest(self) -> tuple[VoiceEncoder, dict[str, Any]]:
        """The latest network, and what it takes to build it."""
        return trained(self.run / "checkpoint.pt", VOICE_ENCODER)

    def _top1(self, net: VoiceEncoder) -> float:
        """See `VoiceLook`."""
        net.eval()
        names = list(self.faces)
        faces = F.normalize(torch.from_numpy(np.stack(list(self.faces.values()))), dim=1)
        told: list[bool] = []
        for batch in ShardDataset(self.shards / "held.tar", ["spectrogram.npy", "json"]).loader(8, shuffle=False):
            with torch.inference_mode():
                nearest = (net(batch["spectrogram.npy"]) @ faces.T).argmax(dim=1)
            told += [one["identity"] == names[at] for one, at in zip(batch["json"], nearest.tolist(), strict=True)]
        return float(np.mean(told))


def _used() -> float:
    """Processor time of the commands that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _faceshards(*words: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "faceshards", *map(str, words)], check=True, stdout=sys.stderr)
