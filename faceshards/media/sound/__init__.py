"""Sound of clips: samples that begin with the first picture, spans of it out of byte ranges, spectra and levels."""

from faceshards.media.sound.level import envelope, loudness_db, snr_db
from faceshards.media.sound.read import Sound, read_sound, resample
from faceshards.media.sound.recording import MAX_SECONDS
from faceshards.media.sound.spectrum import compressed_spectrogram, istft, mel, stft

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
