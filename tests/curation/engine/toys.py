"""Small stages for the engine's tests: one of each kind. Not a test module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from faceshards.curation.engine import Frames, Live, Made, Net, Outcome, SoundOf, Stage
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.errors import ClipError
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar


def column(name: str) -> Column:
    return Column(name, name.rsplit(".", 1)[-1], "", "", "", "", "toy", "a toy's")


def score(name: str) -> Scalar:
    return Scalar(name, pa.float64(), "", "toy", "a toy's")


@dataclass(frozen=True)
class None_:
    """No parameters."""


@dataclass(frozen=True)
class Gain:
    gain: float = 1.0
    bad: str = "-"


class Light(Stage[Gain]):
    """The mean of each frame through a network of four rows."""

    name, makes, scores = "light", (column("light.npy"),), (score("light_mean"),)

    def needs(self):
        return (Frames(),)

    def networks(self):
        self.shapes: set[tuple[int, ...]] = set()

        def mean(pictures: np.ndarray) -> tuple[np.ndarray]:
            self.shapes.add(pictures.shape[:1])
            return (pictures.reshape(len(pictures), -1).mean(axis=1, dtype=np.float64) * self.params.gain,)

        return {"mean": Net(mean, batch=4)}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        total, count = 0.0, 0
        async for chunk in clip.frames():
            (means,) = await self.nets["mean"](chunk.pictures)
            out.add("light.npy", means)
            total, count = total + float(means.sum()), count + len(means)
        if self.params.bad in clip.facts["name"]:
            raise ClipError("no-face", "it is bad")
        out.score(light_mean=round(total / count, 4))


class Boxes(Stage[None_]):
    """Tracking: the row of each frame counts on from the last; tells its rows as it goes."""

    name, makes = "boxes", (column("boxes.msg"),)

    def needs(self):
        return (Frames(),)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        state, frames, values = 0, [], []
        async for chunk in clip.frames():
            told = []
            for number, picture in zip(chunk.numbers.tolist(), chunk.pictures, strict=True):
                state = (state * 31 + int(picture.sum())) % 1_000_003
                told.append(state)
                frames.append(number)
            values += told
            out.tell("boxes.msg", int(chunk.numbers[-1]), {"frame": chunk.numbers, "value": np.array(told)})
        out.put("boxes.msg", {"frame": frames, "value": values})


class Follow(Stage[None_]):
    """Reads the rows of `Boxes` while they are made, and those of frames to come."""

    name, makes = "follow", (column("follow.npy"),)
    ahead = 1

    def needs(self):
        return (Frames(), Live("boxes.msg", ahead=self.ahead))

    async def work(self, clip: StageClip, out: Outlet) -> None:
        async for chunk in clip.frames():
            rows = await clip.rows("boxes.msg", chunk, ahead=self.ahead)
            first = int(chunk.numbers[0])
            sums = [rows["value"][number - first : number - first + 1 + self.ahead].sum() for number in chunk.numbers]
            out.add("follow.npy", np.array(sums, np.int64))


class Last(Stage[None_]):
    """Plain code on a whole column."""

    name, makes, scores = "last", (), (score("last_value"),)

    def needs(self):
        return (Made("boxes.msg"),)

    def one(self, clip: StageClip) -> Outcome:
        return Outcome(scores={"last_value": clip.column("boxes.msg")["value"][-1]})


class Length(Stage[None_]):
    """Sound only."""

    name, scores = "length", (score("samples"),)

    def needs(self):
        return (SoundOf(),)

    def one(self, clip: StageClip) -> Outcome:
        return Outcome(scores={"samples": len(clip.sound(16000).samples)})


class Mirror(Stage[None_]):
    """A video written while it is made."""

    name, makes = "mirror", (column("mirror.mp4"), column("mirror.mp4.packets.npy"))

    def needs(self):
        return (Frames(),)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        async with out.video("mirror.mp4") as video:
            async for chunk in clip.frames():
                await video.add(chunk.pictures[:, :, ::-1].copy(), chunk.numbers)


@dataclass(frozen=True)
class How:
    on: str = ""
    how: str = "raise"


class Trouble(Stage[How]):
    """On the clip of that name it does what `how` says."""

    name, makes, scores = "trouble", (column("trouble.npy"),), (score("size"),)

    def needs(self):
        return (Frames(),)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        out.put("trouble.npy", np.zeros(1))
        if clip.facts["name"] == self.params.on:
            self.misbehave(out)
        async for _ in clip.frames():
            pass

    def misbehave(self, out: Outlet) -> None:
        match self.params.how:
            case "raise":
                raise ValueError("no good")
            case "nan":
                out.put("trouble.npy", np.array([np.nan]))
            case "score":
                out.score(size=float("inf"))
            case "object":
                out.put("trouble.npy", np.array([None]))
            case "bug":
                nonsense: Any = object()
                nonsense.there_is_no_such_thing()
