"""The stage `swap`: the clip with another person's face."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.outlet import Outlet, Video
from faceshards.curation.engine.stage import PLANNED, Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.swap.backend import SwapBackend
from faceshards.curation.stages.swap.blend import Blend
from faceshards.curation.stages.swap.by_network import ByNetwork
from faceshards.curation.stages.swap.by_program import ByProgram
from faceshards.curation.stages.swap.mesh import Mesh, kept
from faceshards.curation.stages.swap.nearness import IDENTITY_WEIGHTS, Nearness, nearer
from faceshards.curation.stages.swap.sources import FolderSources, NewFace, ShardSources, Sources, digests_of
from faceshards.curation.stages.twin import twin_columns
from faceshards.errors import ClipError, UsageError
from faceshards.shards.schema.scalars import Scalar


@dataclass(frozen=True)
class SwapParams:
    """`backend`: `mesh`, the face that `landmarks` follows, or `blend`, `inswapper`, `facefusion`: every face, as
    `faces` finds them (facefusion for itself). `folder`: portraits to take faces from; by default the shard's other
    clips. `most_turned`: by how many degrees a face may look into another direction than the source (`mesh`).
    `min_face`: the smallest face in source pictures, in pixels (not `mesh`). `identity`: dlib says whose face it is
    then (extra `identity`; not of facefusion). Of facefusion: `program`, how it is
    called, `swapper`, one of its models, and `patience`, the seconds that it may take for a clip. `planned` fills in
    `digests`, file name -> sha256 of the folder's pictures, and `version`, what the program says of itself.
    """

    backend: str = "mesh"
    folder: str | None = None
    most_turned: float = 35.0
    min_face: int = 40
    identity: bool = False
    program: str = ""
    swapper: str = "inswapper_128"
    patience: float = 600.0
    digests: dict[str, str] = field(default_factory=dict, metadata=PLANNED)
    version: str = field(default="", metadata=PLANNED)

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            raise UsageError(f"swap.backend must be one of {', '.join(BACKENDS)}, got {self.backend!r}")
        if not 0 <= self.most_turned <= 90:
            raise UsageError(f"swap.most_turned must be 0 to 90 degrees, got {self.most_turned}")
        if self.min_face < 12:
            raise UsageError(f"swap.min_face must be at least 12 pixels, got {self.min_face}")
        if self.patience <= 0:
            raise UsageError(f"swap.patience must be above 0 seconds, got {self.patience:g}")


_LOOKED = "by dlib's identity, median over every tenth frame (`swap.identity`)"

#: How each backend is made.
BACKENDS: Mapping[str, Callable[[SwapParams], SwapBackend]] = MappingProxyType(
    {
        "mesh": lambda params: Mesh(params.most_turned),
        "blend": lambda params: Blend(params.min_face),
        "inswapper": lambda params: ByNetwork(params.min_face),
        "facefusion": lambda params: ByProgram(params.program, params.swapper, params.patience, params.min_face),
    }
)
# Parameters that count for no recipe: where something lies, and how long it may take.
_ELSEWHERE = ("folder", "program", "patience")
# Those that one backend alone goes by.
_OWN = {"swapper": "facefusion", "version": "facefusion"}


class Swap(Stage[SwapParams]):
    """`swapped.mp4`: the face of every frame becomes one face of another clip, or of a picture in `folder`.

    The new face is a picture that moves as the clip's own does: eyes, teeth and tongue are the clip's (`mesh`). Frames
    without a face are as they were, and so are those whose face is turned too far or too small.
    """

    name = "swap"
    version = 6  # how a face is turned counts from the line of sight
    makes = twin_columns("swapped.mp4", "swap", "the clip with another person's face, same frames and times, silent")
    weights = Mesh.weights
    scores = (
        Scalar("swapped_source", pa.string(), "", "swap", "where the swapped-in face came from"),
        Scalar(
            "swapped_refused",
            pa.float64(),
            "0..1",
            "swap",
            "frames whose face was left alone, too small or turned too far from the source's, over all with one",
        ),
        Scalar(
            "swapped_expression",
            pa.float64(),
            "-1..1",
            "swap",
            "how the mouth's opening in every third swapped frame, as the mesh network sees it, goes with the clip's: "
            "correlation (`mesh`); absent where the mouth stays as it is",
        ),
        Scalar("swapped_to_source_dlib", pa.float64(), "distance", "swap", f"new face to source's; {_LOOKED}"),
        Scalar("swapped_to_own_dlib", pa.float64(), "distance", "swap", f"new face to the clip's own; {_LOOKED}"),
        Scalar("swapped_nearer_dlib", pa.float64(), "0..1", "swap", "frames whose new face is nearer to the source's"),
    )

    def __init__(self, params: SwapParams | None = None) -> None:
        super().__init__(params)
        self._backend = BACKENDS[self.params.backend](self.params)
        self.weights, self.runtimes = self._backend.weights, self._backend.runtimes
        self.weights += IDENTITY_WEIGHTS if self.params.identity else ()
        self.brought = "a program of your own" if isinstance(self._backend, ByProgram) else ""

    def planned(self) -> Swap:
        """With the folder in full, and what is in it; with the program's version. Raises UsageError."""
        planned = self.params
        if isinstance(self._backend, ByProgram):
            planned = replace(planned, version=self._backend.program.version())
        if planned.folder is not None:
            folder = Path(planned.folder).resolve()
            planned = replace(planned, folder=str(folder), digests=digests_of(folder))
        return Swap(planned)

    @property
    def record(self) -> dict[str, Any]:
        """A folder counts by what is in it, a program by its version, not by where it lies."""
        foreign = [name for name, backend in _OWN.items() if backend != self.params.backend]
        return {name: value for name, value in super().record.items() if name not in (*_ELSEWHERE, *foreign)}

    def needs(self) -> tuple[Need, ...]:
        """The pictures, and where faces are in them."""
        return (Frames(), *self._backend.needs())

    def setup(self) -> None:
        """Loads what looks for faces, and the folder's pictures. Raises WeightsError, StageError."""
        look = self._backend.load(self.device)
        self._nearness = Nearness() if self.params.identity else None
        self._sources: Sources = (
            ShardSources(look)
            if self.params.folder is None
            else FolderSources(Path(self.params.folder), self.params.digests, look)
        )

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """`swapped_source` names the clip or picture of the new face. Fails as `no-face`, `no-source-face`
        or `unfit-face`, and as `ByProgram.film`."""
        if isinstance(self._backend, ByProgram):
            source, _ = await self._swapped(clip, None)
            await self._backend.film(clip, out, source)
            out.score(swapped_source=source.name)
            return
        async with out.video("swapped.mp4") as video:
            source, scores = await self._swapped(clip, video)
        out.score(swapped_source=source.name, **scores)

    async def _swapped(self, clip: StageClip, video: Video | None) -> tuple[Any, dict[str, float]]:
        """Whose face is swapped in, and how well that went; into a `video`, where one is."""
        source: NewFace | None = None
        frames = faced = changed = 0
        mouths, near = [np.zeros((0, 2))], [np.zeros((0, 2))]
        async for chunk in clip.frames():
            first, rows = int(chunk.numbers[0]), await clip.rows(self._backend.column, chunk, before=1, ahead=1)
            if len(rows["frame"]) and source is None:
                source = await clip.thread(self._sources.face_for, clip)
            made = await clip.thread(self._backend.drawn, chunk.pictures, first, rows, source)
            if video is not None:
                await video.add(made.pictures, chunk.numbers)
            if self._nearness is not None and source is not None:
                near.append(await clip.thread(self._nearness.distances, chunk.pictures, first, made, source))
            mouths.append(made.mouths)
            frames, faced, changed = frames + len(chunk.numbers), faced + made.faced, changed + made.swapped
        if source is None:
            raise ClipError("no-face", f"no face in any of {frames} frames")
        if not changed:
            raise ClipError("unfit-face", f"none of {faced} faces is large enough and looks as {source.name} does")
        scores = {"swapped_refused": round(1 - changed / faced, 4)}
        return source, scores | kept(np.concatenate(mouths)) | nearer(np.concatenate(near))
