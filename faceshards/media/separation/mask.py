"""Complex ratio masks: what a mixture's spectrum is multiplied by to become that of one voice (Williamson et al. 2016).

All are float (..., 2), real and imaginary part, as spectra are.
"""

from __future__ import annotations

import numpy as np

from faceshards.media.separation.spectrum import as_complex, parts

#: A compressed mask lies within -K and K; C says how steep it is about 0. speech_separation's.
K, C = 10.0, 0.1

_TINY = 1e-8
# Nearer to K a compressed value says nothing of the mask any more: a mask that is read back lies within 99.
_MOST = K * (1 - 1e-4)


def ratio_mask(voice: np.ndarray, mixture: np.ndarray) -> np.ndarray:
    """M with voice = M * mixture: S conj(Y) / (|Y|^2 + 1e-8), unbounded; 0 where the mixture is silent.

    A mixture of n voices is their mean, so its masks are about n times as large as those of a sum.
    """
    heard = as_complex(mixture)
    weight = heard.conj() / (heard.real**2 + heard.imag**2 + _TINY)  # once for all voices
    return parts(as_complex(voice) * weight)


def compressed(mask: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """K (1 - e^-CM) / (1 + e^-CM), which is K tanh(CM / 2): what a network learns. `out`: where it goes."""
    return np.multiply(K, np.tanh(C / 2 * mask), out=out)


def recovered(compressed_mask: np.ndarray) -> np.ndarray:
    """The mask of a compressed one: -ln((K - O) / (K + O)) / C.

    A network's values may reach beyond K, where that is no number: they are clipped to 0.9999 K, a mask of 99.
    """
    return 2 / C * np.arctanh(np.clip(compressed_mask, -_MOST, _MOST) / K)


def applied(mask: np.ndarray, mixture: np.ndarray) -> np.ndarray:
    """The spectrum of a voice: mask times mixture, as complex numbers."""
    return parts(as_complex(mask) * as_complex(mixture))
