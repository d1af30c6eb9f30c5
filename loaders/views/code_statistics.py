"""Mean and deviation of a data set's codes, by which a model's targets are standardised."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from faceshards.errors import ColumnError, UsageError
from faceshards.loaders.faults import BAD

#: Columns of a face's codes, side by side, and how many numbers each has: 284 in all.
CODES = {"shapecode.npy": 100, "expcode.npy": 50, "posecode.npy": 6, "detailcode.npy": 128}
#: How many numbers a frame has.
WIDTH = sum(CODES.values())

#: What reading an npz of damaged bytes raises: zipfile and zlib promise no base class.
BROKEN_NPZ = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)

_REMEDY = f"make it with `faceshards stats SHARDS --columns {','.join(CODES)} --deltas --joined --out FILE.npz`"


@dataclass(frozen=True)
class CodeStatistics:
    """`mean` and `std`, float64 (284,) each: of code_t - code_0 over all frames, or of code_t itself."""

    mean: np.ndarray
    std: np.ndarray

    def __post_init__(self) -> None:
        for name, values in (("mean", self.mean), ("std", self.std)):
            if values.shape != (WIDTH,) or values.dtype.kind not in "fiu" or not np.isfinite(values).all():
                raise UsageError(f"{name} must be {WIDTH} finite numbers, got {values.dtype} {values.shape}: {_REMEDY}")
        if (self.std < 0).any():
            raise UsageError(f"a deviation is not below 0, got {self.std.min():g}: {_REMEDY}")

    @classmethod
    def read(cls, path: str | Path) -> CodeStatistics:
        """Those of a file of `faceshards stats`, or 3DXTalker's own: arrays data_mean and data_std of an npz. Raises
        UsageError.
        """
        try:
            with np.lib.npyio.NpzFile(io.BytesIO(Path(path).read_bytes()), allow_pickle=False) as arrays:
                return cls(arrays["data_mean"].astype(np.float64), arrays["data_std"].astype(np.float64))
        except FileNotFoundError:
            raise UsageError(f"{path}: no such statistics: {_REMEDY}") from None
        except KeyError as error:
            raise UsageError(f"{path} lacks {str(error.args[0]).split()[0]}: {_REMEDY}") from error
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from error
        except (*BROKEN_NPZ, AttributeError) as error:
            raise UsageError(f"{path} does not read as an npz file ({type(error).__name__}): {_REMEDY}") from error

    @classmethod
    def of(cls, mean: Sequence[float], std: Sequence[float]) -> CodeStatistics:
        """Those of plain numbers, as a checkpoint keeps them."""
        return cls(np.array(mean, np.float64), np.array(std, np.float64))

    @property
    def scale(self) -> np.ndarray:
        """What differences from the mean are divided by, float64 (284,): the deviation; 1 where it is 0, as of a code
        that never changes, so that such a number becomes 0 and not NaN.
        """
        return np.where(self.std > 0, self.std, 1.0)

    def standardised(self, codes: np.ndarray) -> np.ndarray:
        """float32 of codes (..., 284): (codes - mean) / scale."""
        made = np.subtract(codes, self.mean.astype(np.float32), dtype=np.float32)
        made /= self.scale.astype(np.float32)
        return made

    def restored(self, standardised: np.ndarray) -> np.ndarray:
        """What `standardised` was made of: float32 (..., 284)."""
        return (standardised * self.scale + self.mean).astype(np.float32)


class NumberedSamples(Protocol):
    """Samples by their number, such as those of a ShardDataset."""

    def __len__(self) -> int: ...
    def __getitem__(self, which: int) -> Mapping[str, Any]: ...


def statistics_of(samples: NumberedSamples, deltas: bool = True) -> tuple[CodeStatistics, list[str]]:
    """The statistics of all frames of some sequences, read whole one after the other, with the columns of `CODES`, and
    a line of each that is bad and left out: what `faceshards stats --deltas --joined` writes of the same. `samples` is
    a `ShardDataset` of `CODES`, of the rows that are trained on.

    Raises UsageError where none is good.
    """
    parts: list[tuple[int, np.ndarray, np.ndarray]] = []
    left_out: list[str] = []
    for number in range(len(samples)):
        try:
            rows = joined(samples[number]).astype(np.float64)
        except BAD as error:
            left_out.append(str(error))
            continue
        rows = rows - rows[:1] if deltas else rows
        parts += [(len(rows), rows.mean(axis=0), rows.var(axis=0))] if len(rows) else []
    if not parts:
        raise UsageError(f"no sequence has codes to make statistics of{': ' + left_out[0] if left_out else ''}")
    counts, means, variances = (np.array(each) for each in zip(*parts, strict=True))
    mean = np.average(means, axis=0, weights=counts)
    # The law of total variance: within the sequences, and between their means.
    return CodeStatistics(mean, np.sqrt(np.average(variances + (means - mean) ** 2, axis=0, weights=counts))), left_out


def joined(arrays: Mapping[str, Any]) -> np.ndarray:
    """A sequence's codes side by side: float32 (N, 284). Raises ColumnError for what is none."""
    for name, width in CODES.items():
        if np.shape(arrays[name])[1:] != (width,) or len(arrays[name]) != len(arrays[next(iter(CODES))]):
            raise ColumnError(f"{name} is {np.shape(arrays[name])}, must be ({width},) a frame")
    codes = np.concatenate([arrays[name] for name in CODES], axis=1, dtype=np.float32)
    if not np.isfinite(codes).all():
        raise ColumnError("a code is no finite number")
    return codes
