"""Audio to expression: a voice and a still face's codes, through the expression network, become a talking one's."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from faceshards.errors import ColumnError, UsageError
from faceshards.loaders.views.code_statistics import CODES, WIDTH, CodeStatistics, joined
from faceshards.media.sound import envelope, read_sound
from faceshards.models.nets.expression import SAMPLES
from faceshards.models.trained import EXPRESSION, trained
from faceshards.shards.schema.codecs import decode_npy

#: What the network hears, and frames a second of what it says.
RATE, FPS = 16_000, 25
# Frames that are made at a time, and how many on either side are heard beside them: more than the network's own reach.
_PIECE, _AROUND = 500, 40


class AudioToExpression:
    """The trained network of a checkpoint of `faceshards train expression`. Raises UsageError for another one."""

    def __init__(self, checkpoint: Path) -> None:
        self.net, config = trained(checkpoint, EXPRESSION)
        settings: dict[str, Any] = config.get("settings") or {}
        if "deltas" not in settings:
            raise UsageError(f"{checkpoint} does not say how its codes were standardised: train it again")
        self.deltas: bool = settings["deltas"]
        numbers = settings.get("statistics")
        self.statistics = None if numbers is None else CodeStatistics.of(**numbers)

    def __call__(self, sound: Path, reference: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """The codes of a face that says what a media file sounds like, 25 frames a second, the last one filled with
        silence: arrays float32 (T, D) by the names of 3DXTalker's files, "shapecode" and so on.

        `reference` float32 (1, 284): the face at rest; without it FLAME's mean head, all zeros. Raises ClipError,
        UsageError.
        """
        if not sound.is_file():
            raise UsageError(f"{sound}: no such file: give a sound or a video")
        samples = read_sound(sound, RATE).samples
        samples = np.pad(samples, (0, -len(samples) % SAMPLES))
        still = np.zeros((1, WIDTH), np.float32) if reference is None else reference
        made = np.concatenate([np.zeros((0, WIDTH), np.float32), *self._made(samples, envelope(samples), still)])
        codes = made if self.statistics is None else self.statistics.restored(made)
        codes = codes + still if self.deltas else codes
        cuts = np.cumsum([*CODES.values()])[:-1]
        return {
            name.removesuffix(".npy"): part for name, part in zip(CODES, np.split(codes, cuts, axis=1), strict=True)
        }

    def _made(self, samples: np.ndarray, swell: np.ndarray, still: np.ndarray) -> Iterator[np.ndarray]:
        """What the network says, piece by piece: the same as of all the sound at once."""
        count = len(samples) // SAMPLES
        for begin in range(0, count, _PIECE):
            first, end = max(0, begin - _AROUND), min(count, begin + _PIECE)
            span = slice(first * SAMPLES, min(count, end + _AROUND) * SAMPLES)
            given = (torch.from_numpy(one[None]) for one in (samples[span], swell[span], still))
            with torch.inference_mode():
                yield self.net(*given)[0, begin - first : end - first].numpy()


def reference_of(path: Path) -> np.ndarray:
    """A face at rest, float32 (1, 284): the first row of the codes of a sequence's folder, or of an .npz of this
    command. Raises UsageError.
    """
    try:
        if path.is_dir():
            arrays = {name: decode_npy((path / name).read_bytes()) for name in CODES}
        else:
            with np.lib.npyio.NpzFile(io.BytesIO(path.read_bytes()), allow_pickle=False) as found:
                arrays = {name: found[name.removesuffix(".npy")] for name in CODES}
        first = joined({name: array[:1] for name, array in arrays.items()})
    except FileNotFoundError as error:
        raise UsageError(f"{error.filename}: no such file: a reference is a folder with {', '.join(CODES)}") from None
    except (ColumnError, KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} holds no codes ({error}): give a sequence's folder, or an .npz with them") from error
    if not len(first):
        raise UsageError(f"{path} holds no frame: a reference has at least one")
    return first


def encoded(codes: dict[str, np.ndarray], suffix: str) -> bytes:
    """The codes as a file: ".npz", or ".json" with lists. Raises UsageError for another suffix."""
    if suffix == ".json":
        return json.dumps({"fps": FPS} | {name: array.tolist() for name, array in codes.items()}).encode() + b"\n"
    if suffix != ".npz":
        raise UsageError(f"codes are written as .npz or .json, got {suffix!r}")
    out = io.BytesIO()
    arrays: dict[str, Any] = {"fps": np.int64(FPS), **codes}
    np.savez(out, **arrays)
    return out.getvalue()
