"""Audio to expression: a voice and a still face's codes, through the expression network, become a talking one's."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from faceshards.errors import ClipError, ColumnError, UsageError
from faceshards.infer.given.inputs import Input
from faceshards.infer.given.media import FileMedia, InputMedia
from faceshards.infer.run.work import InferredFiles
from faceshards.infer.trained_net import TrainedNet
from faceshards.loaders.views.code_statistics import BROKEN_NPZ, CODES, WIDTH, CodeStatistics, joined
from faceshards.media.sound import envelope
from faceshards.models.nets.expression import SAMPLES
from faceshards.models.trained import EXPRESSION
from faceshards.shards.schema.codecs import decode_npy

#: What the network hears, and frames a second of what it says.
RATE, FPS = 16_000, 25
# Frames that are made at a time, and how many on either side are heard beside them: more than the network's own reach.
_PIECE, _AROUND = 500, 40


@dataclass(frozen=True)
class HeardVoice:
    """What is heard of an input, float32 (640 T,) at 16 kHz; the `still` face's codes, float32 (1, 284), and whose
    they are.
    """

    samples: np.ndarray
    still: np.ndarray
    source: str


class AudioToExpression:
    """The trained network of a checkpoint of `faceshards train expression`. `reference` float32 (1, 284): the codes of
    the face at rest that speaks in every input; without it a row's own first frame where it has codes, else FLAME's
    mean head, all zeros. Raises UsageError for another checkpoint.
    """

    notes: Sequence[str] = ()

    def __init__(self, checkpoint: Path, reference: np.ndarray | None = None, *, device: str = "cpu") -> None:
        self.loaded = TrainedNet.load(checkpoint, EXPRESSION, device)
        settings: dict[str, Any] = self.loaded.config.get("settings") or {}
        if "deltas" not in settings:
            raise UsageError(f"{checkpoint} does not say how its codes were standardised: train it again")
        self.deltas: bool = settings["deltas"]
        numbers = settings.get("statistics")
        self.statistics = None if numbers is None else CodeStatistics.of(**numbers)
        self.reference, self._device = reference, device
        self.made: dict[str, Any] = {
            "command": "audio-to-expression",
            "expression": self.loaded.sha256,
            "reference": None if reference is None else reference.tolist(),
        }

    def __call__(self, sound: Path, reference: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """The codes of a face that says what a media file sounds like: see `codes`. Raises ClipError, UsageError."""
        if not sound.is_file():
            raise UsageError(f"{sound}: no such file: give a sound or a video")
        heard = self.prepared(FileMedia(sound))
        return self.codes(heard.samples, heard.still if reference is None else reference)

    def prepared(self, media: InputMedia) -> HeardVoice:
        """See `Inference`: the sound, the last frame filled with silence. Raises ClipError `no-sound`."""
        samples = media.sound(RATE)
        if not len(samples):
            raise ClipError("no-sound", "the sound holds no samples")
        return HeardVoice(np.pad(samples, (0, -len(samples) % SAMPLES)), *self._still(media))

    def answers(self, given: Sequence[Input], prepared: Sequence[HeardVoice]) -> list[InferredFiles]:
        """See `Inference`: an .npz of each."""
        return [self._answer(one) for one in prepared]

    def codes(self, samples: np.ndarray, still: np.ndarray) -> dict[str, np.ndarray]:
        """Of a sound, float32 (640 T,), and a face at rest, float32 (1, 284), 25 frames a second: arrays float32 (T, D)
        by the names of 3DXTalker's files, "shapecode" and so on.
        """
        made = np.concatenate([np.zeros((0, WIDTH), np.float32), *self._made(samples, envelope(samples), still)])
        codes = made if self.statistics is None else self.statistics.restored(made)
        codes = codes + still if self.deltas else codes
        cuts = np.cumsum([*CODES.values()])[:-1]
        return {
            name.removesuffix(".npy"): part for name, part in zip(CODES, np.split(codes, cuts, axis=1), strict=True)
        }

    def _still(self, media: InputMedia) -> tuple[np.ndarray, str]:
        if self.reference is not None:
            return self.reference, "given"
        own = {name: array[:1] for name in CODES if (array := media.column(name)) is not None and array.ndim == 2}
        if len(own) == len(CODES) and len(first := joined(own)):
            return first, "its own first frame"
        return np.zeros((1, WIDTH), np.float32), "the mean head"

    def _answer(self, heard: HeardVoice) -> InferredFiles:
        codes = self.codes(heard.samples, heard.still)
        doubts = [self.loaded.doubt] if self.loaded.doubt else []
        record = {"frames": len(heard.samples) // SAMPLES, "fps": FPS, "reference": heard.source, "doubts": doubts}
        return InferredFiles({".npz": encoded(codes)}, record)

    def _made(self, samples: np.ndarray, swell: np.ndarray, still: np.ndarray) -> Iterator[np.ndarray]:
        """What the network says, piece by piece: the same as of all the sound at once."""
        count = len(samples) // SAMPLES
        for begin in range(0, count, _PIECE):
            first, end = max(0, begin - _AROUND), min(count, begin + _PIECE)
            span = slice(first * SAMPLES, min(count, end + _AROUND) * SAMPLES)
            given = (torch.from_numpy(one[None]).to(self._device) for one in (samples[span], swell[span], still))
            with torch.inference_mode():
                yield self.loaded.net(*given)[0, begin - first : end - first].float().cpu().numpy()


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
    except (ColumnError, KeyError, *BROKEN_NPZ) as error:
        raise UsageError(f"{path} holds no codes ({error}): give a sequence's folder, or an .npz with them") from error
    if not len(first):
        raise UsageError(f"{path} holds no frame: a reference has at least one")
    return first


def encoded(codes: dict[str, np.ndarray]) -> bytes:
    """The codes as an .npz, with their `fps`."""
    out = io.BytesIO()
    arrays: dict[str, Any] = {"fps": np.int64(FPS), **codes}
    np.savez(out, **arrays)
    return out.getvalue()
