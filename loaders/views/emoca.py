"""What an audio-to-expression model eats: windows of EMOCA's codes with the sound of just these frames."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.errors import ColumnError
from faceshards.loaders.arguments import of_kind, one_of, whole
from faceshards.loaders.units.codes.code_window import ENVELOPE, FIRST, FRAMES, SOUND, Begin, CodeWindow
from faceshards.loaders.views.code_statistics import CODES, CodeStatistics, joined


class EmocaCodes:
    """Windows of the shards that `faceshards pack emoca` makes; for 3DXTalker's training, whose loader it replaces.

    A sample: `codes` float32 (T, 284), shape 100 | expression 50 | pose 6 (head, then jaw, axis-angle) | detail 128,
    less the same of the reference frame, standardised; `reference` float32 (1, 284), the codes of the sequence's first
    frame, as they are; `audio` and `envelope` float32 (640 T,), 16 kHz; `__frames__` int64 (T,), the numbers of the
    frames in their sequence.

    `frames`: T, 25 a second; None: sequences as a whole, whose arrays a batch pads, beside their lengths. `start`:
    where a window begins: "random" is drawn from (seed, epoch, key), "first", "middle"; "all", for evaluation with
    `loader(shuffle=False)`: every sequence has as many samples as windows, one behind the other, and a rest that is
    shorter is left out. `statistics`: of `faceshards stats`, or their file; None: nothing is standardised.
    `deltas=False` leaves the codes as they are (3DXTalker's absolute mode), with statistics of such. `envelope`:
    "column" reads it; "sound" makes it of the window's sound and 0.4 s around, on speech within 0.001 of the column,
    and half the bytes.

    Where 3DXTalker errs this does not follow: its windows leave out their last frame but one and take the one behind
    instead, its sequences must be a second longer than a window, and shorter ones become others at random. Here frames
    are neighbours, a sequence of T frames has its window, and what is too short is told, or left out by
    missing="skip". A window's bytes are no whole member, so no checksum guards them (`faceshards index --verify`
    does): numbers that are not finite make a sample bad.
    """

    def __init__(
        self,
        frames: int | None = 250,
        *,
        statistics: CodeStatistics | str | Path | None = None,
        start: Begin = "random",
        deltas: bool = True,
        envelope: str = "column",
    ) -> None:
        of_kind("statistics", statistics, (CodeStatistics, str, Path, type(None)), "statistics, or their file")
        one_of("start", start, ("random", "first", "middle", "all"))
        one_of("envelope", envelope, ("column", "sound"))
        self.frames = None if frames is None else whole("frames", frames, 1)
        self.start, self.deltas, self.envelope = start, bool(deltas), envelope
        self.statistics = CodeStatistics.read(statistics) if isinstance(statistics, (str, Path)) else statistics
        swell = (ENVELOPE,) if envelope == "column" else ()
        self.columns = (SOUND, *swell, *CODES)

    @property
    def settings(self) -> dict[str, Any]:
        """What a checkpoint keeps of it, plain values."""
        found = self.statistics
        numbers = None if found is None else {"mean": found.mean.tolist(), "std": found.std.tolist()}
        return {"deltas": self.deltas, "envelope": self.envelope, "statistics": numbers}

    @property
    def ragged(self) -> tuple[str, ...]:
        """What differs in length: of whole sequences all but the reference."""
        return ("audio", "envelope", "codes", FRAMES) if self.frames is None else ()

    def unit(self, seed: int) -> CodeWindow:
        """What it draws."""
        return CodeWindow(self.columns, self.frames, seed, self.start)

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """The model's input. Raises ColumnError for codes that are none."""
        codes, reference = joined(sample), joined(sample[FIRST])
        target = codes - reference if self.deltas else codes
        return {
            "audio": sample[SOUND],
            "envelope": _finite(ENVELOPE, np.asarray(sample[ENVELOPE], np.float32)),
            "codes": target if self.statistics is None else self.statistics.standardised(target),
            "reference": reference,
            FRAMES: sample[FRAMES],
        }


def _finite(name: str, values: np.ndarray) -> np.ndarray:
    if not np.isfinite(values).all():
        raise ColumnError(f"{name} holds what is no finite number")
    return values
