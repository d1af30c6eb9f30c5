"""The stage `speaking`: which face speaks, frame by frame, by Light-ASD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Made, Need, SoundOf
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.faces.table import FACES, FaceArrays
from faceshards.curation.stages.talking.followed import RATE, FollowedFace, followed
from faceshards.errors import ClipError, UsageError
from faceshards.media.sound.mfcc import WIDTH, mfcc
from faceshards.models.weights.registry import find
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

if TYPE_CHECKING:
    from faceshards.models.nets.light_asd import LightAsd

_HEARD = 16000  # Hz
# Rows of MFCC a picture; the middle of a crop, which the network sees; the pictures behind which it begins anew: a
# minute, as spans of 1 to 6 seconds all do.
_STEPS = 4
_MIDDLE = slice(56, 168)
_ROUND = 60 * RATE


@dataclass(frozen=True)
class SpeakingParams:
    """`most`: faces of a clip that are watched, those first that cover most of it."""

    most: int = 3

    def __post_init__(self) -> None:
        if self.most < 1:
            raise UsageError(f"speaking.most must be at least 1, got {self.most}")


def _column(name: str, dtype: str, units: str, what: str, frame: str = "speaking_frame.npy") -> Column:
    return Column(name, "npy", dtype, "(R,)", units, "", "speaking", what, frame)


class Speaking(Stage[SpeakingParams]):
    """Light-ASD on the largest tracks of `faces.msg`, at 25 pictures a second: a clip of another rate is watched at the
    frames that are nearest, and each frame has the score of the nearest moment. A face is heard from its first frame
    on, in spans of 1 to 6 seconds whose scores are averaged.
    """

    name = "speaking"
    makes = (
        _column(
            "speaking.npy",
            "float32",
            "logit; above 0: speaks",
            "how sure Light-ASD is that a face says what is heard: a row a face and frame, from a track's first frame "
            "to its last; in each frame the largest track first",
        ),
        _column("speaking_frame.npy", "int64", "frames", "the frame of each row", frame=""),
        _column("speaking_track.npy", "int64", "", "its track in `faces.msg`"),
    )
    scores = (
        Scalar("speaking_score", pa.float64(), "logit", "speaking", "mean of Light-ASD over the largest track"),
        Scalar("speaking_share", pa.float64(), "0..1", "speaking", "frames of that track in which it speaks (above 0)"),
    )
    weights = ("light_asd",)

    def needs(self) -> tuple[Need, ...]:
        """The pictures, all faces in them, and the sound."""
        return (Frames(), Made(FACES.name), SoundOf())

    def setup(self) -> None:
        """Loads the network. Raises WeightsError."""
        from faceshards.models.nets.light_asd import load_light_asd

        self._net = load_light_asd(find("light_asd"))

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """A face is scored while there is sound. Fails as `no-face`; does not apply where there is no sound, or nothing
        but silence.
        """
        sound = await clip.thread(clip.sound, _HEARD)
        if not sound.samples.any():
            raise ClipError("silent", f"all {len(sound.samples)} samples of the sound are 0")
        faces = followed(FaceArrays.of(clip.column(FACES.name)), clip.timeline.times, self.params.most)
        if not faces:
            raise ClipError("no-face", "no face in any frame")
        watched = [_Watched(face, self._net, await clip.thread(_heard, sound.samples, face)) for face in faces]
        async for chunk in clip.frames():
            for one in watched:
                await clip.thread(one.look, chunk.pictures, int(chunk.numbers[0]))
        scored = [one for one in watched if len(one.heard)]
        if not scored:
            raise ClipError("no-sound", "the sound ends before a face comes")
        rows = [await clip.thread(one.rows) for one in scored]
        tracks = [np.full(len(frames), one.face.track) for one, (frames, _) in zip(scored, rows, strict=True)]
        frames = np.concatenate([frames for frames, _ in rows])
        order = np.argsort(frames, kind="stable")  # a loader's window finds its rows by frames that rise
        out.add("speaking.npy", np.concatenate([scores for _, scores in rows])[order])
        out.add("speaking_frame.npy", frames[order])
        out.add("speaking_track.npy", np.concatenate(tracks)[order])
        main = rows[0][1]
        out.score(speaking_score=round(float(main.mean()), 3), speaking_share=round(float((main > 0).mean()), 4))


class _Watched:
    """A face while it is watched: `heard`, MFCC (4 T, 13) of the T moments that have sound."""

    def __init__(self, face: FollowedFace, net: LightAsd, heard: np.ndarray) -> None:
        self.face, self.heard, self._net = face, heard, net
        self._seen: list[np.ndarray] = []
        self._scores: list[np.ndarray] = []

    def look(self, pictures: np.ndarray, first: int) -> None:
        """More pictures, of which the first is frame `first`."""
        for crop in self.face.cut(pictures, first):
            self._seen.append(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[_MIDDLE, _MIDDLE])
            if len(self._seen) == _ROUND:
                self._score()

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """The frames of the track that are scored, int64 (n,), and their scores, float32 (n,)."""
        self._score()
        scores = np.concatenate(self._scores)
        within = self.face.moments < len(scores)
        return self.face.own[within], scores[self.face.moments[within]]

    def _score(self) -> None:
        """Scores what was seen: spans of all lengths begin anew behind a minute, so it is as if it were seen whole."""
        begin = _ROUND * len(self._scores)
        heard = self.heard[begin * _STEPS : (begin + len(self._seen)) * _STEPS]
        if len(heard):
            self._scores.append(self._net.scores(np.stack(self._seen)[: len(heard) // _STEPS], heard))
        self._seen = []


def _heard(samples: np.ndarray, face: FollowedFace) -> np.ndarray:
    """MFCC float32 (4 T, 13) of the sound from a face's first picture on, for those of its pictures that have some."""
    start = round(face.start * _HEARD)
    own = samples[start : start + round(len(face.frames) / RATE * _HEARD)]
    if not len(own):
        return np.zeros((0, WIDTH), np.float32)
    rows = mfcc(own)
    count = min(len(face.frames), -(-len(own) * RATE // _HEARD)) * _STEPS
    return np.pad(rows[:count], ((0, max(0, count - len(rows))), (0, 0)), mode="edge")
