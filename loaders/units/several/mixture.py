"""A mixture of voices, made of the clips of its speakers while they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from faceshards.errors import ClipError, ColumnError
from faceshards.loaders.decode.dense import empty
from faceshards.loaders.decode.dense_columns import Role
from faceshards.loaders.fetch.ahead import Hand
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.plan.plan import Plan
from faceshards.loaders.units.several.mixtures import Mixtures
from faceshards.loaders.units.several.persons import LABELS, persons_of
from faceshards.loaders.units.unit import Needs
from faceshards.loaders.units.whole import Whole
from faceshards.media.separation import BINS, FRAMES, RATE, SAMPLES, compressed, ratio_mask, spectrum_of
from faceshards.media.sound.pcm import HEAD, PcmFormat
from faceshards.media.sound.read import read_sound
from faceshards.media.timeline import rate_of
from faceshards.shards.schema import codecs

#: The names of a mixture's values.
MIXTURE, FACES, MASKS = "mixture", "faces", "masks"
#: Faces a second, and of the three seconds.
FACE_RATE, FACE_COUNT = 25, 75

_JSON = "json"
# A sound may end so many samples early, a frame of its codec, and be filled with silence.
_SHORT = 800


class VoiceMixture(Whole):
    """The unit of the view `SpeechMixtures`, whose docstring says what it makes: `voices` clips of different speakers,
    `sound` and `faces` being the columns that are read of each.
    """

    def __init__(self, voices: int, sound: str, faces: str, most: int | None, seed: int) -> None:
        read = [(name, voice) for voice in range(voices) for name in (sound, faces, _JSON)]
        super().__init__({f"{name} {voice}": Role(name, voice) for name, voice in read})
        self.columns = (MIXTURE, FACES, MASKS)
        self.needs = Needs((sound, faces), also=(_JSON,), labels=LABELS)
        self._sound, self._faces, self._voices, self._most, self._seed = sound, faces, voices, most, seed

    def deck(self, plan: Plan) -> Mixtures:
        """The mixtures. Raises UsageError where there are too few speakers."""
        return Mixtures(plan, persons_of(plan), self._voices, self._most, self._seed)

    def alike(self, plan: Plan) -> dict[str, Role]:
        """None: all is made of what is read."""
        return {}

    def canvas(self, bodies: Bodies, rows: np.ndarray) -> dict[str, torch.Tensor]:
        """Spectrum and masks go straight into the batch's memory."""
        spectra, masks = (len(rows), FRAMES, BINS, 2), (len(rows), FRAMES, BINS, 2, self._voices)
        return {MIXTURE: empty(spectra, torch.float32), MASKS: empty(masks, torch.float32)}

    def decode(
        self, fetched: Any, hand: Hand, names: Sequence[str], canvas: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """`mixture`, `faces` and `masks`. Raises ClipError (`silent`, `no-sound`, `too-few-frames`, `no-face`, ...),
        ColumnError.
        """
        clips = [_Clip(fetched, row, self._sound, self._faces) for row in hand.rows]
        voices = spectrum_of(np.stack([clip.sound() for clip in clips]))
        faces = np.stack([clip.seen() for clip in clips], axis=-1)
        mixture = np.mean(voices, axis=0, out=canvas.get(MIXTURE))
        masks = canvas.get(MASKS, np.empty((*mixture.shape, len(clips)), np.float32))
        compressed(ratio_mask(voices, mixture), out=np.moveaxis(masks, -1, 0))
        return {MIXTURE: mixture, FACES: faces, MASKS: masks}


class _Clip:
    """One speaker's clip. `fetched` reads its members."""

    def __init__(self, fetched: Any, row: int, sound: str, faces: str) -> None:
        self._fetched, self._row, self._sound, self._faces = fetched, row, sound, faces

    def sound(self) -> np.ndarray:
        """Its first three seconds over their peak: float32 (48000,)."""
        heard = self._heard()[:SAMPLES]
        if len(heard) < SAMPLES - _SHORT:
            raise ClipError(
                "too-few-frames",
                f"{self._sound} lasts {len(heard) / RATE:.2f} s, a mixture needs {SAMPLES / RATE:g}: "
                "leave such out with where='sound_duration >= 3'",
            )
        peak = np.abs(heard).max()
        if not peak > 0:
            raise ClipError("silent", f"{self._sound} holds nothing but silence: leave such out with where")
        return np.pad(heard / peak, (0, SAMPLES - len(heard)))

    def seen(self) -> np.ndarray:
        """The face at 25 a second: (75, 1, E)."""
        values = codecs.decode(self._faces, self._read(self._faces))
        rows = self._of_times(values)
        if lacking := int((~rows.any(axis=-1)).sum()):
            raise ClipError("no-face", f"{self._faces} has no face in {lacking} of {FACE_COUNT} pictures")
        return rows.reshape(FACE_COUNT, 1, -1).astype(np.float32, copy=False)

    def _heard(self) -> np.ndarray:
        body = self._read(self._sound)
        form = PcmFormat.of(bytes(body[:HEAD]), len(body))
        if form is None or form.rate != RATE:
            return read_sound(bytes(body), RATE, first=SAMPLES / RATE).samples
        start, stop = form.span(0, min(SAMPLES, form.samples))
        return form.parsed(body[start:stop])

    def _of_times(self, values: Any) -> np.ndarray:
        """The rows of 75 pictures: of (T, E), a row a frame, those that are shown then; of (T, 1, E) the first."""
        if not isinstance(values, np.ndarray) or values.ndim not in (2, 3) or not np.prod(values.shape[1:]):
            shape = getattr(values, "shape", "no array")
            raise ColumnError(f"{self._faces} must be (frames, E) or (75, 1, E), a face a row, got {shape}")
        times = np.arange(FACE_COUNT)
        if values.ndim == 2:
            rate = rate_of(codecs.decode(_JSON, self._read(_JSON)) or {})
            times = times * rate.numerator // (rate.denominator * FACE_RATE)
        if times[-1] >= len(values):
            raise ClipError(
                "too-few-frames", f"{self._faces} has {len(values)} rows, three seconds need {times[-1] + 1}"
            )
        return values[times].reshape(FACE_COUNT, -1)

    def _read(self, column: str) -> bytes | memoryview:
        body: bytes | memoryview = self._fetched.read(self._row, column)
        if not len(body):
            raise ColumnError(f"{column} is empty")
        return body
