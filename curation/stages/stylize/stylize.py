"""The stage `stylize`: the clip drawn in another style, frame by frame."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from faceshards.curation.engine.need import Frames, Live, Need
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.faces.table import FACES, FaceArrays
from faceshards.curation.stages.stylize.backends import (
    DCT_NET,
    OWN,
    StylizeParams,
    check,
    drawer_of,
    folder_of,
    runtimes_of,
    seed_of,
    weights_of,
)
from faceshards.curation.stages.stylize.cartoon import Cartoon
from faceshards.curation.stages.stylize.square import back, squared
from faceshards.curation.stages.twin import twin_columns
from faceshards.media.video.chunks import Chunk
from faceshards.models.weights.hub import contents_of
from faceshards.models.weights.registry import find


class Stylize(Stage[StylizeParams]):
    """`styled.mp4`: each frame is drawn by itself; by dct-net, the faces in it by a network of their own."""

    name = "stylize"
    version = 4  # its colours are made at half size
    makes = twin_columns("styled.mp4", "stylize", "the clip drawn in another style, same frames and times, silent")

    def __init__(self, params: StylizeParams | None = None) -> None:
        super().__init__(params)
        self.weights, self.runtimes = weights_of(self.params), runtimes_of(self.params)
        if self.params.backend == "sdxl-turbo":
            self.gpu_share, self.brought = 1.0, "a pipeline of your own"

    def planned(self) -> Stylize:
        """With what is in the folder of a pipeline. Raises UsageError, WeightsError, MissingExtra."""
        check(self.params)
        if self.params.backend != "sdxl-turbo":
            return self
        folder = folder_of(self.params.used)
        return Stylize(replace(self.params, model=str(folder), contents=contents_of(folder, "stylize.model")))

    @property
    def record(self) -> dict[str, Any]:
        """The parameters of its backend: a pipeline counts by what is in its folder, not by where that lies."""
        own = ("backend", *OWN[self.params.backend])
        told = super().record | {"model": self.params.used}
        return {name: told[name] for name in own}

    @property
    def models(self) -> dict[str, str]:
        """The files of its folder, or those that the registry knows."""
        return dict(self.params.contents) or super().models

    def needs(self) -> tuple[Need, ...]:
        """The pictures, and for dct-net the faces in them."""
        return (Frames(), Live(FACES.name)) if self.params.backend == "dct-net" else (Frames(),)

    def setup(self) -> None:
        """Loads what draws. Raises WeightsError, StageError."""
        self._cartoon = Cartoon(levels=self.params.levels, saturation=self.params.saturation)
        self._drawer = None if self.params.backend in ("opencv", "dct-net") else drawer_of(self.params, self.device)
        if self.params.backend == "dct-net":
            from faceshards.models.sessions.dct_net import DctNet

            background, head, alpha = map(find, DCT_NET)
            self._dct_net = DctNet(background, head, alpha, self.device)

    def networks(self) -> dict[str, Net]:
        """The network that draws, if one does."""
        return {} if self._drawer is None else {"drawer": Net(self._drawer.run, batch=self._drawer.batch)}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Draws while the chunk before is encoded in a thread."""
        async with out.video("styled.mp4") as video:
            async for chunk in clip.frames():
                await video.add(await self._drawn(clip, chunk), chunk.numbers)

    def _with_faces(self, numbers: np.ndarray, pictures: np.ndarray, faces: FaceArrays) -> np.ndarray:
        points = (faces.points[faces.frame == number] for number in numbers.tolist())
        return np.stack([self._dct_net.draw(*one) for one in zip(pictures, points, strict=True)])

    async def _drawn(self, clip: StageClip, chunk: Chunk) -> np.ndarray:
        pictures = chunk.pictures
        if self.params.backend == "dct-net":
            faces = FaceArrays.of(await clip.rows(FACES.name, chunk))
            return await clip.thread(self._with_faces, chunk.numbers, pictures, faces)
        if self._drawer is None:
            return await clip.thread(self._cartoons, pictures)
        rows = [await clip.thread(squared, pictures, self._drawer.size)]
        if self.params.backend == "sdxl-turbo":
            rows.append(np.full(len(pictures), seed_of(self.params.seed, clip.key), np.int64))
        (drawn,) = await self.nets["drawer"](*rows)
        return await clip.thread(back, drawn, pictures.shape[1:3])

    def _cartoons(self, pictures: np.ndarray) -> np.ndarray:
        return np.stack([self._cartoon.draw(picture) for picture in pictures])
