"""What a way to swap faces is: whose rows it reads, how it looks at a source, how it draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np

from faceshards.curation.engine.need import Need
from faceshards.curation.stages.swap.sources import FindFace


@dataclass(frozen=True)
class SwappedPictures:
    """Pictures (n, H, W, 3), and how many of them show a face (`faced`) and have another one now (`swapped`).

    `boxes`: place of a swapped one among them -> the face's box x1 y1 x2 y2, where the backend knows it; `mouths`,
    (m, 2): how open its mouth was and is, where the backend looks at that.
    """

    pictures: np.ndarray
    faced: int
    swapped: int
    boxes: Mapping[int, np.ndarray] = field(default_factory=dict)
    mouths: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))


class SwapBackend(Protocol):
    """One of them. `weights` are its model files, `runtimes` those by which it can use a GPU; `column`, of the rows
    that it is given of each chunk and of a frame before and behind it, is among its needs.
    """

    weights: ClassVar[tuple[str, ...]]
    runtimes: ClassVar[tuple[str, ...]]
    column: ClassVar[str]

    def needs(self) -> tuple[Need, ...]:
        """What it reads, beside the pictures."""

    def load(self, device: str) -> FindFace:
        """What looks for a face in a picture, its models loaded, those of `runtimes` on a device. Raises WeightsError,
        StageError.
        """

    def drawn(self, pictures: np.ndarray, first: int, rows: Mapping[str, np.ndarray], source: Any) -> SwappedPictures:
        """The pictures, of which the first is frame `first`, with `source` on their faces; it is None where no
        row is of their frames.
        """
