"""The stage `faces`: boxes, five points and tracks of all faces in all frames, by one of several detectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.faces.finder import EachFrame, Finder
from faceshards.curation.stages.faces.table import FACES, FaceTable
from faceshards.curation.stages.faces.tracks import Tracks
from faceshards.errors import UsageError
from faceshards.models.detections import Detections
from faceshards.models.weights.registry import find
from faceshards.shards.schema.scalars import Scalar

if TYPE_CHECKING:
    from faceshards.models.nets.mtcnn import MTCNN

#: The model files of `load_mtcnn`.
MTCNN_WEIGHTS = ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet")
_MESHES = ("face_detection_short_range", "face_detection_full_range_sparse", "face_landmark")
_YUNET, _SCRFD = "yunet_2023mar", "det_10g"


@dataclass(frozen=True)
class FacesParams:
    """`backend`: what finds faces, `blazeface` (MediaPipe's detectors and its face mesh), `mtcnn`, `yunet` or `scrfd`.
    `min_face`: smallest face that is looked for, in pixels of the clip's own frame; `every`: how often the whole frame
    is searched, in frames (`yunet` and `scrfd` search each one).
    """

    min_face: int = 40
    every: int = 10
    backend: str = "blazeface"

    def __post_init__(self) -> None:
        if self.every < 1:
            raise UsageError(f"faces.every must be at least 1, got {self.every}")
        if self.min_face < 12:
            raise UsageError(f"faces.min_face must be at least 12 pixels, got {self.min_face}")
        if self.backend not in BACKENDS:
            raise UsageError(f"faces.backend must be one of {', '.join(BACKENDS)}, got {self.backend!r}")


class Faces(Stage[FacesParams]):
    """The whole frame is searched on every `every`-th frame, on the frame in which a face is lost, and while none is in
    view; on the others each face is followed from the frame before. A box is what MTCNN calls a face, from the hairline
    to the chin, whichever backend found it.
    """

    name = "faces"
    version = 2  # sees pictures upright, as the display matrix turns them
    makes = (FACES,)
    scores = (
        Scalar("face_share", pa.float64(), "0..1", "faces", "frames with a face over all frames"),
        Scalar("faces_max", pa.int64(), "", "faces", "most faces in one frame"),
        Scalar("tracks", pa.int64(), "", "faces", "faces followed over time"),
    )
    weights: tuple[str, ...] = _MESHES

    def __init__(self, params: FacesParams | None = None) -> None:
        super().__init__(params)
        backend = BACKENDS[self.params.backend]
        self.weights, self.runtimes = backend.weights, backend.runtimes

    def needs(self) -> tuple[Need, ...]:
        """The pictures."""
        return (Frames(),)

    def setup(self) -> None:
        """Loads the networks. Raises WeightsError, and StageError where their runtime is not installed."""
        self._finder = BACKENDS[self.params.backend].load(self.params.min_face, self.device)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """No face is a result too: an empty table and a face share of 0."""
        faces = FollowedFaces(self._finder, self.params.every)
        async for chunk in clip.frames():
            before = len(faces.table)
            await clip.thread(faces.add, chunk.numbers.tolist(), chunk.pictures)
            out.tell(FACES.name, int(chunk.numbers[-1]), faces.table.rows_from(before))
        out.put(FACES.name, faces.table.record())
        out.score(**faces.table.scores(), tracks=faces.tracks.count)


class FollowedFaces:
    """The faces of a clip, as far as it has been looked at."""

    def __init__(self, finder: Finder, every: int) -> None:
        self._finder, self._every = finder, every
        self._before = Detections.none()
        self.tracks, self.table = Tracks(memory=every), FaceTable()

    def add(self, numbers: list[int], pictures: np.ndarray) -> None:
        """The next frames, whose faces depend on those of the frames before."""
        for number, frame in zip(numbers, pictures, strict=True):
            found, full = self._finder.look(frame, self._before, number % self._every == 0)
            owners = [track.number for track in self.tracks.assign(found.boxes, number)]
            self.table.add(frame.shape, number, owners, found, full)
            self._before = found.take(np.argsort(owners))  # of two that run together the older one stays


@dataclass(frozen=True)
class _Backend:
    """A way to find faces: the names of its model files, what loads them, given `min_face` and a device, and by which
    runtimes it can run on a GPU.
    """

    weights: tuple[str, ...]
    load: Callable[[int, str], Finder]
    runtimes: tuple[str, ...] = ()


def load_mtcnn(min_face: int) -> MTCNN:
    """The detector on the weights that the `mtcnn` package carries. Raises WeightsError, StageError."""
    import torch

    from faceshards.models.nets.mtcnn import MTCNN
    from faceshards.models.nets.mtcnn_networks import MtcnnWeights

    torch.set_num_threads(1)  # parallelism is workers; and a sum split otherwise has other last digits
    return MTCNN(MtcnnWeights.load(), min_face)


def _cascade(min_face: int, device: str) -> Finder:
    from faceshards.curation.stages.faces.cascade import Cascade

    return Cascade(load_mtcnn(min_face))


def _meshes(min_face: int, device: str) -> Finder:
    import scipy.special  # noqa: F401 - what reads scores; not in the middle of a clip

    from faceshards.curation.stages.faces.meshes import Meshes
    from faceshards.models.sessions.blazeface import BlazeFace
    from faceshards.models.sessions.face_mesh import FaceMesh

    near, far, mesh = map(find, _MESHES)
    return Meshes(BlazeFace(near), BlazeFace(far), FaceMesh(mesh), min_face)


def _yunet(min_face: int, device: str) -> Finder:
    from faceshards.models.sessions.yunet import YuNet

    net = YuNet(find(_YUNET), device)

    def detect(frame: np.ndarray) -> Detections:
        """A face that fills the frame is too large for it at 640 pixels."""
        found = net.detect(frame)
        return found if len(found) else net.detect(frame, 320)

    return EachFrame(detect, min_face)


def _scrfd(min_face: int, device: str) -> Finder:
    from faceshards.models.sessions.scrfd import Scrfd

    return EachFrame(Scrfd(find(_SCRFD), device).detect, min_face)


#: Name -> a way to find faces.
BACKENDS = {
    "blazeface": _Backend(_MESHES, _meshes),
    "mtcnn": _Backend(MTCNN_WEIGHTS, _cascade),
    "yunet": _Backend((_YUNET,), _yunet, ("onnxruntime",)),
    "scrfd": _Backend((_SCRFD,), _scrfd, ("onnxruntime",)),
}
