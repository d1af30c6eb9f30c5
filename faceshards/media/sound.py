"""Sound out of a clip, as float samples that begin with its first picture (spectra and levels: see `__all__`)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from faceshards.errors import ClipError
from faceshards.media.container import Body, moving_stream, opened
from faceshards.media.level import envelope, loudness_db, snr_db
from faceshards.media.spectrum import compressed_spectrogram, istft, mel, stft

__all__ = [
    "MAX_SECONDS",
    "Sound",
    "compressed_spectrogram",
    "envelope",
    "istft",
    "loudness_db",
    "mel",
    "read_sound",
    "resample",
    "snr_db",
    "stft",
]

#: Longest sound that is read, in seconds. A longer one is `too-large` unless the caller raises the limit.
MAX_SECONDS = 4 * 3600.0

# Timestamps of coarse clocks jitter by a few milliseconds; only a larger hole is one, and is filled with silence.
_HOLE_SECONDS = 0.05


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
        if not container.streams.audio or container.streams.audio[0].codec_context is None:
            raise ClipError("no-sound", f"the {container.format.name} file has no sound stream that can be decoded")
        stream = container.streams.audio[0]
        planes, own_rate = _decode(container, stream, max_seconds)
    if mono:
        # Averaged here: FFmpeg's own mix of float stereo is 3 dB louder (libswresample scales by sqrt(1/2)).
        planes = planes.mean(axis=0, keepdims=True, dtype=np.float32)
    if rate is not None:
        planes = np.stack([resample(plane, own_rate, rate) for plane in planes])
    return Sound(planes[0] if mono else np.ascontiguousarray(planes.T), rate or own_rate)


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


def _decode(container: InputContainer, stream: AudioStream, max_seconds: float) -> tuple[np.ndarray, int]:
    """The stream's samples from the first picture on, float32 (channels, N), and their rate in Hz."""
    stream.codec_context.thread_count = 1
    video = moving_stream(container)
    first_picture, end = math.inf, -math.inf
    tape: _Tape | None = None
    for packet in container.demux([s for s in (stream, video) if s is not None]):
        if packet.stream is not stream:
            if packet.size and packet.pts is not None and not packet.is_discard:
                first_picture = min(first_picture, float(packet.pts * packet.time_base))
            continue
        if packet.size and packet.pts is not None:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        for frame in stream.decode(packet):
            tape = tape or _Tape(frame, max_seconds)
            tape.add(frame)
    if tape is None:
        raise ClipError("no-sound", "the sound stream holds no samples")
    # An mp4 says how much of its last packet is padding. FFmpeg cuts the priming before the sound, but not this.
    return tape.between(first_picture, end if container.format.name.startswith("mov") else math.inf), tape.rate


class _Tape:
    """Decoded frames of sound laid one behind the other, each where its timestamp says."""

    def __init__(self, first: AudioFrame, max_seconds: float) -> None:
        self.rate = first.sample_rate
        self._kind = self._kind_of(first)
        self._start = first.time or 0.0
        self._limit = max_seconds
        self._to_float = AudioResampler("fltp")
        self._parts: list[np.ndarray] = []
        self._length = 0

    def add(self, frame: AudioFrame) -> None:
        """Lay down one frame. Raises ClipError `broken-media` where the sound changes its rate or channels."""
        if self._kind_of(frame) != self._kind:
            raise ClipError("broken-media", f"the sound changes from {self._kind} to {self._kind_of(frame)}")
        if frame.time is not None:
            hole = frame.time - self._start - self._length / self.rate
            if self._length and hole > _HOLE_SECONDS:
                self._extend(np.zeros((self._parts[0].shape[0], self._within(hole)), np.float32))
        frame.pts = None
        for part in self._to_float.resample(frame):
            self._extend(part.to_ndarray())

    def between(self, start: float, end: float) -> np.ndarray:
        """float32 (channels, N) from `start` to `end` (seconds; infinite: the sound's own), silent until it begins."""
        whole = np.concatenate(self._parts, axis=1)
        if math.isfinite(end):
            whole = whole[:, : max(0, round((end - self._start) * self.rate))]
        late = self._start - start if math.isfinite(start) else 0.0
        if late >= 0:
            return np.pad(whole, ((0, 0), (self._within(late), 0)))
        return whole[:, round(-late * self.rate) :]

    @staticmethod
    def _kind_of(frame: AudioFrame) -> str:
        return f"{frame.sample_rate} Hz {frame.layout.name} {frame.format.name}"

    def _extend(self, part: np.ndarray) -> None:
        self._parts.append(part)
        self._length += part.shape[1]
        self._within(0.0)

    def _within(self, seconds: float) -> int:
        total = seconds + self._length / self.rate
        if total > self._limit:
            raise ClipError("too-large", f"the sound is longer than {self._limit:g} s (max_seconds)")
        return round(seconds * self.rate)
