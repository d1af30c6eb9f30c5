"""The backend `facefusion`: the whole clip by FaceFusion 3, a program of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from faceshards.curation.engine.need import Live, Need
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.faces.faces import MTCNN_WEIGHTS
from faceshards.curation.stages.faces.table import FACES
from faceshards.curation.stages.swap.backend import SwappedPictures
from faceshards.curation.stages.swap.blend import Blend
from faceshards.curation.stages.swap.face_swap import SourceFace
from faceshards.curation.stages.swap.facefusion import FaceFusion, ascii_folder
from faceshards.curation.stages.swap.sources import FindFace
from faceshards.curation.stages.twin import check_twin
from faceshards.media.members import clip_column


class ByProgram:
    """FaceFusion is given the clip's own file, and what it makes of it is the column. `min_face`: the smallest face in
    a source picture.
    """

    weights: ClassVar[tuple[str, ...]] = MTCNN_WEIGHTS
    runtimes: ClassVar[tuple[str, ...]] = ("facefusion",)
    column: ClassVar[str] = FACES.name

    def __init__(self, program: str, model: str, patience: float, min_face: int) -> None:
        self._blend, self.program = Blend(min_face), FaceFusion(program, model, patience)

    def needs(self) -> tuple[Need, ...]:
        """The faces: where there is none, there is nothing to swap."""
        return (Live(FACES.name, ahead=1),)

    def load(self, device: str) -> FindFace:
        """Looks for the largest face by MTCNN."""
        self.program = FaceFusion(self.program.command, self.program.model, self.program.patience, device)
        return self._blend.load(device)

    def drawn(
        self, pictures: np.ndarray, first: int, rows: Mapping[str, np.ndarray], source: SourceFace | None
    ) -> SwappedPictures:
        """The pictures as they are, and in how many of them there is a face: the program draws them later."""
        here = (rows["frame"] >= first) & (rows["frame"] < first + len(pictures))
        faced = len(np.unique(rows["frame"][here]))
        return SwappedPictures(pictures, faced, faced)

    async def film(self, clip: StageClip, out: Outlet, source: SourceFace) -> None:
        """Puts out what the program makes of the clip. Raises ClipError as it does, and where the video has not the
        clip's frames at their times.
        """
        column = clip_column(clip.shard, clip.facts)
        with ascii_folder() as folder:
            body = await clip.thread(clip.shard.read, clip.row, column)
            suffix = column.rpartition(".")[2]
            made = await clip.thread(self.program.swapped, Path(folder), source.picture, body, suffix)
            await clip.thread(check_twin, made, clip.timeline)
            await out.film("swapped.mp4", made)
