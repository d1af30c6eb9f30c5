"""The stage `voice`: who speaks, by Resemblyzer's network."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Need, SoundOf
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.errors import ClipError, StageError
from faceshards.extras import install
from faceshards.models.device import torch_device
from faceshards.models.weights.registry import read
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

# Pieces of 1.6 s that the network hears at once, whosever they are.
_BATCH = 8


@dataclass(frozen=True)
class VoiceParams:
    """It has none."""


class Voice(Stage[VoiceParams]):
    """The mean of what GE2E says of overlapping pieces of 1.6 s of the clip's speech, its long silences cut by
    WebRTC's detector. The cosine of two clips is their dot product.
    """

    name = "voice"
    makes = (
        Column(
            "voice.npy",
            "npy",
            "float32",
            "(256,)",
            "0..1, length 1",
            "",
            "voice",
            "who speaks, by GE2E (Resemblyzer): two clips' dot product is their likeness, from 0 to 1",
        ),
    )
    scores = (
        Scalar("voice_seconds", pa.float64(), "s", "voice", "sound that the voice was told by, its silences cut"),
        Scalar(
            "voice_agreement",
            pa.float64(),
            "0..1",
            "voice",
            "mean cosine of pieces of 1.6 s with the clip's voice; low where several speak, 1 of one piece",
        ),
    )
    weights = ("resemblyzer",)
    runtimes = ("torch",)

    def needs(self) -> tuple[Need, ...]:
        """The sound."""
        return (SoundOf(),)

    def setup(self) -> None:
        """Loads the network. Raises WeightsError, StageError."""
        for package in ("torch", "webrtcvad"):
            if find_spec(package) is None:
                raise StageError(f"stage voice needs {package}, which is not installed: {install('voice')}")
        from faceshards.models.nets.ge2e import GE2E

        self._net = GE2E.load(read("resemblyzer")).to(torch_device(self.device))

    def networks(self) -> dict[str, Net]:
        """Pieces of whatever clips."""
        return {"voice": Net(self._net.run, batch=_BATCH)}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Raises ClipError `no-sound`, `silent` and `no-speech`: then it does not apply."""
        seconds, mels = await clip.thread(_heard, clip)
        (each,) = await self.nets["voice"](mels)
        mean = each.astype(np.float64).mean(axis=0)
        agreement = float(np.linalg.norm(mean))
        out.put("voice.npy", (mean / agreement).astype(np.float32))
        out.score(voice_seconds=round(seconds, 2), voice_agreement=round(agreement, 4))


def _heard(clip: StageClip) -> tuple[float, np.ndarray]:
    """How many seconds of speech a clip has, and its pieces."""
    from faceshards.curation.stages.voice.hearing import RATE, pieces, speech_of

    samples = clip.sound(RATE).samples
    if not samples.any():
        raise ClipError("silent", f"all {len(samples)} samples of the sound are 0")
    speech = speech_of(samples)
    if not len(speech):
        raise ClipError("no-speech", f"none of {len(samples) / RATE:.2f} s of sound is speech to WebRTC's detector")
    return len(speech) / RATE, pieces(speech)
