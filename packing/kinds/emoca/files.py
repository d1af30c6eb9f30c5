"""The eleven files of a sequence, and the columns that keep them."""

from __future__ import annotations

from faceshards.shards.schema.columns import COLUMNS

#: Frames and samples a second: what the codes and the sound of every sequence have.
FPS, RATE = 25, 16000
SAMPLES_PER_FRAME = RATE // FPS

SOUND_FILE, METADATA_FILE = "audio.wav", "metadata.pkl"
SOUND, METADATA, ENVELOPE, REFERENCE = "wav", "metadata.msg", "envelope.npy", "refimg.npy"

#: A row a frame each; all of a sequence have equally many.
CODES = ("shapecode.npy", "expcode.npy", "posecode.npy", "cam.npy", "lightcode.npy", "texcode.npy", "detailcode.npy")
ARRAYS = (*CODES, ENVELOPE, REFERENCE)

#: File of a sequence -> column. The arrays are columns of their own names.
FILES = {name: name for name in ARRAYS} | {SOUND_FILE: SOUND, METADATA_FILE: METADATA}


def axes_of(column: str) -> tuple[int | str, ...]:
    """The axes of a column in the format's table, lengths as numbers: `("N", 9, 3)`."""
    axes = (axis.strip() for axis in COLUMNS[column].shape.strip("()").split(","))
    return tuple(int(axis) if axis.isdigit() else axis for axis in axes if axis)
