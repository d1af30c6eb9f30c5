"""The stage `identity`: whose face each track is, as numbers that are near for one person."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Live, Need
from faceshards.curation.engine.network import Net, NetArrays
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.faces.table import FACES, FaceArrays
from faceshards.curation.stages.identity.backends import BACKENDS
from faceshards.curation.stages.identity.looks import FaceLook, FaceLooks
from faceshards.errors import ClipError, UsageError
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

# A look counts where it is at least so good as the best of its track: by then it is a profile, or blurred.
_USABLE = 0.25


@dataclass(frozen=True)
class IdentityParams:
    """`backend`: dlib (128 numbers, embedded), arcface (512), vggface (4096), facenet (1792) or mobilefacenet (128).
    `every`: of so many frames of a track the best is looked at.
    """

    backend: str = "dlib"
    every: int = 25

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            raise UsageError(f"identity.backend must be one of {', '.join(BACKENDS)}, got {self.backend!r}")
        if self.every < 1:
            raise UsageError(f"identity.every must be at least 1, got {self.every}")


def _numbers(name: str, order: str, what: str) -> Column:
    return Column(name, "npy", "int64", "(T,)", "", order, "identity", what)


class Identity(Stage[IdentityParams]):
    """Of each track of `faces.msg` some faces are looked at: of each `every` frames the best by size, sharpness and
    frontality. Those that are less than a quarter as good as the track's best are left out, and the others averaged.
    """

    name = "identity"
    makes = (
        Column(
            "identity.npy",
            "npy",
            "float32",
            "(T, D)",
            "the backend's own: of length 1 each before the mean by arcface and mobilefacenet",
            "a row a track, ascending",
            "identity",
            "mean of what the backend tells of the faces of a track that it looked at: 128 numbers of dlib, 512 of "
            "ArcFace, 4096 of VGG-Face, 1792 of FaceNet",
        ),
        _numbers("identity_track.npy", "", "the track of each row"),
        _numbers(
            "identity_person.npy",
            "from 0, in the order in which they come",
            "the person of each row: tracks that are nearer than the backend's threshold are one",
        ),
    )
    scores = (
        Scalar("identities", pa.int64(), "", "identity", "different persons among the tracks"),
        Scalar(
            "identity_spread",
            pa.float64(),
            "thresholds of the backend",
            "identity",
            "how far two faces of one track are apart at most; above 1 they may be two persons",
        ),
    )

    def __init__(self, params: IdentityParams | None = None) -> None:
        super().__init__(params)
        self._backend = BACKENDS[self.params.backend]
        self.weights = self._backend.weights

    def needs(self) -> tuple[Need, ...]:
        """The pictures, and the faces in them."""
        return (Frames(), Live(FACES.name))

    def setup(self) -> None:
        """Loads the backend. Raises WeightsError, StageError."""
        self._net = self._backend.opened()

    def networks(self) -> dict[str, Net]:
        """As many faces at a time as the backend takes."""
        return {"face": Net(self._net.run, batch=self._net.batch)}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Fails as `no-face`."""
        looks, asked = FaceLooks(self._net, self.params.every), []
        async for chunk in clip.frames():
            faces = FaceArrays.of(await clip.rows(FACES.name, chunk))
            asked += self._asked(await clip.thread(looks.see, faces, chunk.pictures, int(chunk.numbers[0])))
        asked += self._asked(looks.rest())
        if not asked:
            raise ClipError("no-face", "no face in any frame")
        rows = np.concatenate([(await answer)[0] for _, _, answer in asked])
        tracks, marks = (np.array(one) for one in zip(*[(track, mark) for track, mark, _ in asked], strict=True))
        self._put(out, rows, tracks, marks)

    def _asked(self, looks: list[FaceLook]) -> list[tuple[int, float, asyncio.Future[NetArrays]]]:
        """Track, quality and, once the network has run, the numbers of each look."""
        return [(one.track, one.quality, self.nets["face"](one.crop[None])) for one in looks]

    def _put(self, out: Outlet, rows: np.ndarray, tracks: np.ndarray, marks: np.ndarray) -> None:
        """What looks (L, D) of these tracks (L,) say, of which each is so good (L,)."""
        names, means, spread = np.unique(tracks), [], 0.0
        for track in names:
            best = marks[tracks == track].max()
            seen = rows[(tracks == track) & (marks >= _USABLE * best)]
            means.append(seen.mean(axis=0, dtype=np.float64).astype(np.float32))
            spread = max(spread, float(self._backend.apart(seen).max()))
        found = np.stack(means)
        people = persons(self._backend.apart(found) < 1)
        out.add("identity.npy", found)
        out.add("identity_track.npy", names.astype(np.int64))
        out.add("identity_person.npy", people)
        out.score(identities=int(people.max()) + 1, identity_spread=round(spread, 3))


def persons(same: np.ndarray) -> np.ndarray:
    """The number of the person of each row, int64 (n,), from 0, where `same` (n, n) says which two rows are one
    person's; whoever is the same as somebody is the same as all whom he is the same as.
    """
    found = np.arange(len(same))
    for row, others in enumerate(same):
        joined = np.unique(found[others | (np.arange(len(same)) == row)])
        found[np.isin(found, joined)] = joined[0]
    return np.unique(found, return_inverse=True)[1].astype(np.int64)
