"""The arithmetic of separating voices: spectra of three seconds, complex ratio masks, and how near a sound came."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.media.separation.mask import applied as applied
    from faceshards.media.separation.mask import compressed as compressed
    from faceshards.media.separation.mask import ratio_mask as ratio_mask
    from faceshards.media.separation.mask import recovered as recovered
    from faceshards.media.separation.ratio import sdr_db as sdr_db
    from faceshards.media.separation.ratio import signal_to_noise_db as signal_to_noise_db
    from faceshards.media.separation.spectrum import BINS as BINS
    from faceshards.media.separation.spectrum import FRAMES as FRAMES
    from faceshards.media.separation.spectrum import RATE as RATE
    from faceshards.media.separation.spectrum import SAMPLES as SAMPLES
    from faceshards.media.separation.spectrum import power_law as power_law
    from faceshards.media.separation.spectrum import sound_of as sound_of
    from faceshards.media.separation.spectrum import spectrum_of as spectrum_of
else:
    __getattr__ = lazy(
        __name__,
        {
            "mask": "applied compressed ratio_mask recovered",
            "ratio": "sdr_db signal_to_noise_db",
            "spectrum": "BINS FRAMES RATE SAMPLES power_law sound_of spectrum_of",
        },
    )

__all__ = [
    "BINS",
    "FRAMES",
    "RATE",
    "SAMPLES",
    "applied",
    "compressed",
    "power_law",
    "ratio_mask",
    "recovered",
    "sdr_db",
    "signal_to_noise_db",
    "sound_of",
    "spectrum_of",
]
