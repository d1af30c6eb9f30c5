"""Sound out of a clip, as float samples that begin with its first picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from faceshards.media.container import Body, opened
from faceshards.media.sound.recording import MAX_SECONDS, Recording


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


def read_sound(body: Body, rate: int | None = 16000, mono: bool = True, *, max_seconds: float = MAX_SECONDS) -> Sound:
    """The sound of a clip, of which sample 0 is heard when the first picture is shown.

    Sound from before that moment is cut, a later start is filled with silence; a file of sound alone begins where its
    sound does. Encoder delay (AAC, MP3 priming) and edit lists are respected. `rate` None keeps the clip's own.
    `mono` is the mean of the channels. Samples float32 (N,) if `mono`, else (N, channels).
    Raises ClipError: `no-sound`, `too-large` (longer than `max_seconds`), `broken-media`, `truncated-media`,
    `empty-file`.
    """
    with opened(body) as container:
        recording = Recording(container, max_seconds)
        planes, own_rate = recording.heard(), recording.tape.rate
    if mono:
        # Averaged here: FFmpeg's own mix of float stereo is 3 dB louder (libswresample scales by sqrt(1/2)).
        planes = planes.mean(axis=0, keepdims=True, dtype=np.float32)
    if rate is not None:
        planes = np.stack([resample(plane, own_rate, rate) for plane in planes])
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
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples[None], np.float32), "fltp", "mono")
    frame.rate = old_rate
    resampler = AudioResampler("fltp", "mono", new_rate)
    parts = [part.to_ndarray()[0] for part in (*resampler.resample(frame), *resampler.resample(None))]
    wanted = round(len(samples) * new_rate / old_rate)
    heard = np.concatenate([samples[:0], *parts])[:wanted]
    return np.pad(heard, (0, wanted - len(heard)))
