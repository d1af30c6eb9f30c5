"""What becomes of the sound that drives a portrait, so that a network learns what is said and not whose voice it is."""

from __future__ import annotations

import numpy as np

from faceshards.loaders.views.portraits.effects import in_a_room, pitched, without_highs, without_lows

#: How often each is done, one after the other: Sigma's.
POLARITY, NOISE, GAIN, BANDS, PITCH, ROOM = 0.2, 0.3, 0.2, 0.2, 0.75, 0.2
# Between which each is drawn, as torchaudio-augmentations does, whose names Sigma gives them: noise as a share of the
# sound's own deviation, dB, Hz of what goes below or above, semitones. For SoX's room: seconds and share of echoes.
_NOISE, _GAIN, _LOWS, _HIGHS, _PITCH = (1e-4, 1e-2), (-20.0, -1.0), (200.0, 1200.0), (2200.0, 4000.0), (-7.0, 7.0)
_SECONDS, _SHARE = (0.1, 1.0), (0.1, 0.6)


def altered(samples: np.ndarray, rate: int, dice: np.random.Generator) -> np.ndarray:
    """float32 (N,) of float32 (N,) at `rate` Hz. Lips and sound stay together: no effect moves the sound in time."""
    chance = dice.random(6)
    if chance[0] < POLARITY:
        samples = -samples
    if chance[1] < NOISE:
        deviation = dice.uniform(*_NOISE) * samples.std()
        samples = samples + (deviation * dice.standard_normal(len(samples))).astype(np.float32)
    if chance[2] < GAIN:
        samples = samples * np.float32(10 ** (dice.uniform(*_GAIN) / 20))
    if chance[3] < BANDS:
        low = dice.random() < 0.5
        samples = (
            without_lows(samples, rate, dice.uniform(*_LOWS)) if low else _below(samples, rate, dice.uniform(*_HIGHS))
        )
    if chance[4] < PITCH:
        samples = pitched(samples, rate, dice.uniform(*_PITCH))
    if chance[5] < ROOM:
        samples = in_a_room(samples, rate, dice.uniform(*_SECONDS), dice.uniform(*_SHARE), dice)
    return samples


def _below(samples: np.ndarray, rate: int, hertz: float) -> np.ndarray:
    """Without what is above, where a sound of this rate has that at all."""
    return without_highs(samples, rate, hertz) if hertz < rate / 2 else samples
