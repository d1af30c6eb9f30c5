"""The stage `sync`: do lips and sound belong together, and by how much is one too early, by SyncNet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.lib.stride_tricks import sliding_window_view

from faceshards.curation.engine.need import Frames, Made, Need, SoundOf
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.faces.table import FACES, FaceArrays
from faceshards.curation.stages.talking.followed import SIDE, FollowedFace, followed
from faceshards.errors import ClipError, UsageError
from faceshards.media.sound.mfcc import mfcc
from faceshards.models.weights.registry import find
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

_HEARD = 16000  # Hz
# Pictures of a window, rows of MFCC a picture, samples a picture.
_FRAMES, _ROWS, _SAMPLES = 5, 4, 640
# Windows that each half of the network runs at.
_LIPS, _SOUND = 4, 32


@dataclass(frozen=True)
class SyncParams:
    """`most`: faces of a clip that are watched, those first that cover most of it; `least`: pictures at 25 a second
    that a face must be seen and heard, 50 as in LatentSync (syncnet_python: 100), at least 6.
    """

    most: int = 1
    least: int = 50

    def __post_init__(self) -> None:
        if self.most < 1 or self.least <= _FRAMES:
            raise UsageError(
                f"sync.most must be at least 1 and sync.least at least {_FRAMES + 1}, got {self.most} and {self.least}"
            )


def _column(name: str, dtype: str, shape: str, units: str, what: str) -> Column:
    return Column(name, "npy", dtype, shape, units, "a row a track, the largest first", "sync", what)


class Sync(Stage[SyncParams]):
    """SyncNet on the largest tracks of `faces.msg` at 25 pictures a second (see `speaking`), cut out as syncnet_python
    and LatentSync do: every 5 pictures are held against the sound of the same 0.2 s, and of up to 15 pictures more or
    less.
    """

    name = "sync"
    makes = (
        _column("sync.npy", "float32", "(T, 31)", "", "mean distance of lips and the sound -15 to 15 pictures later"),
        _column("sync_offset.npy", "int64", "(T,)", "pictures of 40 ms", "how much the sound comes too early"),
        _column("sync_confidence.npy", "float32", "(T,)", "", "median of the 31 distances less the least of them"),
        _column("sync_track.npy", "int64", "(T,)", "", "the track in `faces.msg`"),
    )
    scores = (
        Scalar("sync_offset", pa.int64(), "pictures of 40 ms", "sync", "how much the sound comes too early, -15 to 15"),
        Scalar("sync_confidence", pa.float64(), "SyncNet's", "sync", "of the largest track; LatentSync asks for 3"),
        Scalar("sync_distance", pa.float64(), "SyncNet's", "sync", "least mean distance of lips and sound"),
    )
    weights = ("syncnet_v2",)

    def needs(self) -> tuple[Need, ...]:
        """The pictures, all faces in them, and the sound."""
        return (Frames(), Made(FACES.name), SoundOf())

    def setup(self) -> None:
        """Loads the network. Raises WeightsError."""
        from faceshards.models.nets.syncnet import load_syncnet

        self._net = load_syncnet(find("syncnet_v2"))

    def networks(self) -> dict[str, Net]:
        """Both halves of the network."""
        return {"lips": Net(self._net.lips, batch=_LIPS), "sound": Net(self._net.sound, batch=_SOUND)}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Fails as `no-face`, and as `too-few-frames` where no face is seen and heard long enough; does not apply where
        there is no sound, or nothing but silence.
        """
        sound = await clip.thread(clip.sound, _HEARD)
        if not sound.samples.any():
            raise ClipError("silent", f"all {len(sound.samples)} samples of the sound are 0")
        faces = followed(FaceArrays.of(clip.column(FACES.name)), clip.timeline.times, self.params.most)
        if not faces:
            raise ClipError("no-face", "no face in any frame")
        watched = [_Watched.of(face, sound.samples) for face in faces]
        watched = [one for one in watched if one.count + _FRAMES >= self.params.least]
        if not watched:
            least = self.params.least
            raise ClipError("too-few-frames", f"no face is seen and heard for {least} pictures (sync.least)")
        async for chunk in clip.frames():
            for one in watched:
                crops = one.face.cut(chunk.pictures, int(chunk.numbers[0]))
                while len(windows := await clip.thread(one.look, crops)):
                    one.lips.append((await self.nets["lips"](windows))[0])
        await self._put(out, watched)

    async def _put(self, out: Outlet, watched: list[_Watched]) -> None:
        from faceshards.models.nets.syncnet import distances, offset_of

        found = []
        for one in watched:
            (heard,) = await self.nets["sound"](one.heard)
            found.append(distances(np.concatenate(one.lips), heard))
        offsets, sure = zip(*map(offset_of, found), strict=True)
        out.add("sync.npy", np.stack(found))
        out.add("sync_offset.npy", np.array(offsets, np.int64))
        out.add("sync_confidence.npy", np.array(sure, np.float32))
        out.add("sync_track.npy", np.array([one.face.track for one in watched], np.int64))
        least = round(float(found[0].min()), 3)
        out.score(sync_offset=offsets[0], sync_confidence=round(sure[0], 3), sync_distance=least)


@dataclass
class _Watched:
    """A face while it is watched, in `count` windows: `heard` float32 (count, 20, 13), `lips` what was told of its
    windows so far.
    """

    face: FollowedFace
    count: int
    heard: np.ndarray
    lips: list[np.ndarray]
    last: list[np.ndarray] = field(default_factory=list)
    seen: int = 0

    @classmethod
    def of(cls, face: FollowedFace, samples: np.ndarray) -> _Watched:
        """As many windows as the authors' `evaluate` takes: one less than there are."""
        start = round(face.start * _HEARD)
        own = samples[start : start + len(face.frames) * _SAMPLES]
        count = max(0, min(len(face.frames), len(own) // _SAMPLES) - _FRAMES)
        rows = mfcc(own) if count else np.zeros((_FRAMES * _ROWS, 13), np.float32)
        heard = sliding_window_view(rows, _FRAMES * _ROWS, axis=0)[::_ROWS][:count].transpose(0, 2, 1)
        return cls(face, count, heard, [])

    def look(self, crops: Iterator[np.ndarray]) -> np.ndarray:
        """The windows that end within the next of some more pictures, uint8 (n, 5, 224, 224, 3), as many as a batch
        holds; none behind the last.
        """
        found: list[np.ndarray] = []
        for crop in crops:
            self.last = [*self.last, crop][-_FRAMES:]
            if len(self.last) == _FRAMES and self.seen < self.count:
                self.seen += 1
                found.append(np.stack(self.last))
                if len(found) == _LIPS:
                    break
        return np.stack(found) if found else np.zeros((0, _FRAMES, SIDE, SIDE, 3), np.uint8)
