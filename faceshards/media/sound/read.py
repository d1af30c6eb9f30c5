"""Sound out of a clip, as float samples that begin with its first picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from faceshards.media.container import Body, opened
from faceshards.media.sound.recording import MAX_SECONDS, Recording

# Samples that are resampled at a time.
_PIECE = 1 << 18
# Seconds behind the last sample that is asked for: a resampler listens some milliseconds ahead.
_BEHIND = 0.25


@dataclass(frozen=True)
class Sound:
    """Samples of sound: float32 (N,) mono or (N, channels), in [-1, 1]; `rate` in Hz."""

    samples: np.ndarray
    rate: int

    def __post_init__(self) -> None:
        if self.samples.dtype != np.float32 or self.samples.ndim not in (1, 2):
            raise ValueError(
                f"samples must be float32 (N,) or (N, channels), got {self.samples.dtype} {self.samples.shape}"
            )
        if self.rate <= 0:
            raise ValueError(f"rate must be above 0 Hz, got {self.rate}")

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate


def read_sound(
    body: Body,
    rate: int | None = 16000,
    mono: bool = True,
    *,
    max_seconds: float = MAX_SECONDS,
    first: float = math.inf,
) -> Sound:
    """The sound of a clip, of which sample 0 is heard when the first picture is shown.

    Sound from before that moment is cut, a later start is filled with silence; a file of sound alone begins where its
    sound does. Encoder delay (AAC, MP3 priming) and edit lists are respected. `rate` None keeps the clip's own.
    `mono` is the mean of the channels. Samples float32 (N,) if `mono`, else (N, channels). Of a long sound `first`
    spares the rest: the same samples, but those of so many seconds only.
    Raises ClipError: `no-sound`, `too-large` (longer than `max_seconds`), `broken-media`, `truncated-media`,
    `empty-file`.
    """
    with opened(body) as container:
        recording = Recording(container, max_seconds, mono, first + _BEHIND)
        planes, own_rate = recording.heard(), recording.tape.rate
        del recording  # of a long sound, its packets and what it came out as are much
    if math.isfinite(first):
        planes = planes[:, : round((first + _BEHIND) * own_rate)]
    if rate is not None:
        planes = np.stack([resample(plane, own_rate, rate) for plane in planes])
    if math.isfinite(first):
        planes = planes[:, : round(first * (rate or own_rate))]
    return Sound(planes[0] if mono else np.ascontiguousarray(planes.T), rate or own_rate)


def cut(sound: Sound, start: float, seconds: float) -> Sound:
    """The part of a mono sound from `start` seconds on, silent behind its end: float32 (round(seconds * rate),)."""
    first, count = round(start * sound.rate), round(seconds * sound.rate)
    part = sound.samples[first : first + count]
    return Sound(np.pad(part, (0, count - len(part))), sound.rate)


def resample(samples: np.ndarray, old_rate: int, new_rate: int) -> np.ndarray:
    """float32 (N,) at `old_rate` Hz -> float32 (round(N * new_rate / old_rate),) at `new_rate` Hz, by libswresample."""
    if old_rate == new_rate or not len(samples):
        return samples
    resampler = AudioResampler("fltp", "mono", new_rate)
    heard, done = np.zeros(round(len(samples) * new_rate / old_rate), np.float32), 0
    for start in (*range(0, len(samples), _PIECE), None):
        for part in resampler.resample(None if start is None else _frame(samples[start : start + _PIECE], old_rate)):
            there = heard[done : done + part.samples]
            there[:] = part.to_ndarray()[0, : len(there)]
            done += len(there)
    return heard


def _frame(samples: np.ndarray, rate: int) -> AudioFrame:
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples[None], np.float32), "fltp", "mono")
    frame.rate = rate
    return frame
