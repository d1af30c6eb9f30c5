"""Small sequences of EMOCA's codes, packed as `faceshards pack emoca` packs them."""

import io
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import numpy as np

from faceshards.media.sound.level import envelope
from faceshards.packing.kinds.emoca.kind import Emoca
from faceshards.packing.options import PackOptions
from faceshards.packing.packer import Packer
from faceshards.packing.sources.opening import open_source
from tests.packing.kinds.emoca.conftest import npy, sequence, wav, written

CODES = ("shapecode.npy", "expcode.npy", "posecode.npy", "detailcode.npy")


def files(seed: int, frames: int, samples: int | None = None) -> dict[str, bytes]:
    """The eleven files of a sequence whose envelope is that of its sound."""
    found = sequence(seed, frames, samples)
    noise = np.random.default_rng(seed).standard_normal(frames * 640 + 100 if samples is None else samples)
    # Slow enough for a sound: neighbours are alike.
    sound = np.convolve(noise, np.hanning(9) / 4, "same").clip(-1, 0.999)
    found["audio.wav"] = wav((sound * 32768).astype(np.int16))
    found["envelope.npy"] = npy(envelope((sound * 32768).astype(np.int16) / np.float32(32768)))
    return found


def packed(root: Path, sequences: Mapping[str, Mapping[str, bytes]]) -> Path:
    """A folder with a shard of these sequences, by name."""
    for name, one in sequences.items():
        written(root / "raw" / name, dict(one))
    with closing(open_source(root / "raw")) as archive:
        assert Packer(archive, root / "shards", PackOptions(), kind=Emoca()).run().failures == 0
    return root / "shards"


def array(body: bytes) -> np.ndarray:
    return np.load(io.BytesIO(body))


def codes(one: Mapping[str, bytes]) -> np.ndarray:
    """float32 (N, 284) of a sequence's files."""
    return np.concatenate([array(one[name]) for name in CODES], axis=1)


def sound(one: Mapping[str, bytes]) -> np.ndarray:
    """float32 (S,) of a sequence's files."""
    return np.frombuffer(one["audio.wav"][44:], "<i2") / np.float32(32768)
