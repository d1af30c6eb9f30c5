"""What the voice network hears of a sound: raised to one level, without its long silences, in overlapping pieces.

The rules and constants are those of Resemblyzer 0.1.4 (`audio.py`, `hparams.py`, `voice_encoder.py`).
"""

from __future__ import annotations

import numpy as np

from faceshards.media.sound.level import loudness_db

#: Hz of the sound; frames of 10 ms in a piece, and the mel bands of each.
RATE, FRAMES, BANDS = 16_000, 160, 40
_LEVEL = -30.0  # dBFS; a louder sound stays as it is
_WINDOW = 480  # samples of which WebRTC's detector says whether they are speech: 30 ms
_STRICTEST = 3  # its mode
_SMOOTHED, _PAUSE = 8, 6  # windows: of the moving average, and of silence that may stand between speech
_HOP, _FFT = 160, 400  # samples: 10 ms, 25 ms
_STEP = 77  # frames from piece to piece: 1.3 of them a second
_COVERED = 0.75  # of the last piece that must be sound, unless it is the only one


def speech_of(samples: np.ndarray) -> np.ndarray:
    """What is left of float32 (N,) at 16 kHz, which is not all silence: float32 (M,), a multiple of 480 samples."""
    louder = max(0.0, _LEVEL - loudness_db(samples))
    raised = samples if louder == 0 else samples * np.float32(10 ** (louder / 20))
    windows = raised[: len(raised) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    return windows[spoken(_is_speech(windows))].reshape(-1)


def spoken(flags: np.ndarray) -> np.ndarray:
    """Which windows are kept, bool (W,), where `flags` (W,) says which ones sound like speech: those around which more
    than half are, and the pauses of at most six windows.
    """
    if not len(flags):
        return np.zeros(0, bool)
    # Window w is kept by windows w - 3 to w + 4; exactly half is not enough, as NumPy rounds halves to even.
    around = np.convolve(flags.astype(np.int64), np.ones(_SMOOTHED, np.int64))[_SMOOTHED // 2 :][: len(flags)]
    kept = (around * 2 > _SMOOTHED).astype(np.int64)
    return np.convolve(kept, np.ones(_PAUSE + 1, np.int64))[_PAUSE // 2 :][: len(flags)] > 0


def _is_speech(windows: np.ndarray) -> np.ndarray:
    from webrtcvad import Vad

    vad = Vad(_STRICTEST)  # it remembers: one a sound
    whole = (np.clip(np.rint(row * 32767), -32768, 32767).astype("<i2").tobytes() for row in windows)
    return np.fromiter((vad.is_speech(one, RATE) for one in whole), bool, len(windows))


def pieces(speech: np.ndarray) -> np.ndarray:
    """Overlapping pieces of speech, float32 (M,) at 16 kHz: mel power float32 (P, 160, 40), at least one; what a piece
    lacks at the end is silence.
    """
    from faceshards.media.sound.spectrum import mel  # SciPy takes a second to load

    starts = piece_starts(len(speech))
    end = (starts[-1] + FRAMES) * _HOP
    frames = mel(np.pad(speech, (0, max(0, end - len(speech)))), RATE, BANDS, _FFT, _HOP, _FFT).T
    return np.stack([frames[start : start + FRAMES] for start in starts])


def piece_starts(samples: int) -> list[int]:
    """The frame at which each piece begins."""
    frames = -(-(samples + 1) // _HOP)
    starts = list(range(0, max(1, frames - FRAMES + _STEP + 1), _STEP))
    covered = (samples / _HOP - starts[-1]) / FRAMES
    return starts[:-1] if len(starts) > 1 and covered < _COVERED else starts
