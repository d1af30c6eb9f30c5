"""Sound of clips: samples that begin with the first picture, spans of it out of byte ranges, spectra and levels."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.media.sound.compressed import compressed_spectrogram as compressed_spectrogram
    from faceshards.media.sound.level import envelope as envelope
    from faceshards.media.sound.level import loudness_db as loudness_db
    from faceshards.media.sound.level import snr_db as snr_db
    from faceshards.media.sound.packets import sound_table as sound_table
    from faceshards.media.sound.read import Sound as Sound
    from faceshards.media.sound.read import read_sound as read_sound
    from faceshards.media.sound.read import resample as resample
    from faceshards.media.sound.recording import MAX_SECONDS as MAX_SECONDS
    from faceshards.media.sound.spectrum import istft as istft
    from faceshards.media.sound.spectrum import mel as mel
    from faceshards.media.sound.spectrum import stft as stft
else:
    __getattr__ = lazy(
        __name__,
        {
            "compressed": "compressed_spectrogram",
            "level": "envelope loudness_db snr_db",
            "packets": "sound_table",
            "read": "Sound read_sound resample",
            "recording": "MAX_SECONDS",
            "spectrum": "istft mel stft",
        },
    )

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
    "sound_table",
    "stft",
]
