"""Silero VAD: how sure it is that somebody speaks, every 32 ms (github.com/snakers4/silero-vad, v6)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.models.sessions.onnx import OnnxSession

#: Samples at 16 kHz of a window; each is seen with the last `_CONTEXT` samples before it.
WINDOW, RATE = 512, 16_000
_CONTEXT, _STATE = 64, (2, 1, 128)


class Silero:
    """The network `silero_vad`."""

    def __init__(self, model: Path, device: str = "cpu") -> None:
        self._session = OnnxSession(model, device)

    def probabilities(self, samples: np.ndarray) -> np.ndarray:
        """Of speech in each window of a sound, float32 (N,) mono at 16 kHz: float32 (ceil(N / 512),), 0 to 1. The last
        window is filled up with silence.
        """
        count = -(-len(samples) // WINDOW)
        padded = np.zeros(_CONTEXT + count * WINDOW, np.float32)
        padded[_CONTEXT : _CONTEXT + len(samples)] = samples
        state, found = np.zeros(_STATE, np.float32), np.empty(count, np.float32)
        for number in range(count):
            window = padded[number * WINDOW : number * WINDOW + _CONTEXT + WINDOW]
            outputs = self._session.run({"input": window[None], "state": state, "sr": np.array(RATE, np.int64)})
            found[number], state = outputs["output"][0, 0], outputs["stateN"]
        return found
