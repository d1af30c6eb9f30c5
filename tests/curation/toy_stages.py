"""Stages that are quick, or that misbehave on purpose. Not a test module."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from faceshards.curation.engine import Frames, Made, Net, Outcome, SoundOf, Stage
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.errors import ClipError
from faceshards.models.weights.registry import find
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar


def array(name: str) -> tuple[Column]:
    return (Column(name, "npy", "float32", "(N,)", "", "", "toy", "a toy's"),)


def numbers(*names: str) -> tuple[Scalar, ...]:
    return tuple(Scalar(name, pa.float64(), "", "toy", "a toy's") for name in names)


class Toy(Stage[Any]):
    """Takes its parameters by name, too."""

    def __init__(self, given: Any = None, **params: Any) -> None:
        super().__init__(given or self.parameters(**params))


@dataclass(frozen=True)
class LightParams:
    gain: float = 1.0
    bad: str = "-"


class Light(Toy):
    """Mean of each frame, times `gain`; fails on clips whose name holds `bad`."""

    name, makes, scores = "light", array("light.npy"), numbers("light_mean", "light_max")
    parameters = LightParams

    def needs(self):
        return (Frames(),)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        found = []
        async for chunk in clip.frames():
            found.append(self.means(clip, chunk.pictures))
        if self.params.bad in clip.facts["name"]:
            raise ClipError("no-face", f"{clip.facts['name']} is bad")
        means = np.concatenate(found)
        out.put("light.npy", means.astype(np.float32))
        out.score(light_mean=round(float(means.mean()), 3))

    def means(self, clip: StageClip, pictures: np.ndarray) -> np.ndarray:
        return pictures.reshape(len(pictures), -1).mean(axis=1) * self.params.gain


class Weighed(Light):
    """The same, with a model file."""

    name, makes, scores = "weighed", array("light.npy"), numbers("light_mean")
    weights = ("mtcnn_pnet",)

    def setup(self) -> None:
        self.found = find(*self.weights)


class Owned(Light):
    """The same; what it is made with is a file of the user's own."""

    name, makes, scores = "owned", array("light.npy"), numbers("light_mean")
    weights = ("vgg_face",)


class Networked(Light):
    """The same by a network of four rows, which says that it runs where the run's device is."""

    name, makes, scores = "networked", array("light.npy"), numbers("light_mean")
    runtimes = ("torch",)

    def networks(self):
        return {"mean": Net(lambda pictures: (pictures.mean(axis=(1, 2, 3), dtype=np.float64),), batch=4)}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        found = [(await self.nets["mean"](chunk.pictures))[0] async for chunk in clip.frames()]
        if self.params.bad in clip.facts["name"]:
            raise ClipError("no-face", f"{clip.facts['name']} is bad")
        out.put("light.npy", np.concatenate(found).astype(np.float32))
        out.score(light_mean=round(float(np.concatenate(found).mean()), 3))


@dataclass(frozen=True)
class Nothing:
    """No parameters."""


class Peak(Toy):
    """The brightest frame, from the column of `Light`."""

    name, makes = "peak", array("peak.npy")
    parameters = Nothing

    def needs(self):
        return (Made("light.npy"),)

    def one(self, clip: StageClip) -> Outcome:
        return Outcome({"peak.npy": np.array(int(clip.column("light.npy").argmax()))})


class Length(Toy):
    """Samples of sound: a stage that makes no column."""

    name, scores = "length", numbers("samples")
    parameters = Nothing

    def needs(self):
        return (SoundOf(),)

    def one(self, clip: StageClip) -> Outcome:
        return Outcome(scores={"samples": len(clip.sound().samples)})


@dataclass(frozen=True)
class TroubleParams:
    on: str = ""
    how: str = "raise"


class Trouble(Toy):
    """On the clip whose name is `on`, does what `how` says.

    `object` and `nan` give what no shard can hold; `name`, `import` and `attribute` are bugs in the code.
    """

    name, makes, scores = "trouble", array("trouble.npy"), numbers("size")
    parameters = TroubleParams

    def needs(self):
        return (Frames(),)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        out.put("trouble.npy", np.zeros(1, np.float32))
        if clip.facts["name"] == self.params.on:
            self.misbehave(clip, out)
        async for _ in clip.frames():
            pass

    def misbehave(self, clip: StageClip, out: Outlet) -> None:
        {
            "object": lambda: out.put("trouble.npy", np.array([None])),
            "nan": lambda: out.score(size=float("nan")),
            "raise": self._raise,
            "exit": lambda: os._exit(9),
            "hang": lambda: time.sleep(120),
            "segv": os.abort,
            "name": lambda: undefined,  # noqa: F821 - a bug on purpose
            "import": lambda: import_module("faceshards.no_such_module"),
            "attribute": lambda: clip.no_such_thing,
        }[self.params.how]()

    def _raise(self) -> None:
        raise ZeroDivisionError("what a stage")


@dataclass(frozen=True)
class SlowParams:
    seconds: float = 0.15
    ready: str = ""
    on: str = ""


class Slow(Toy):
    """Takes its time, so that a kill finds it at work."""

    name, makes = "slow", array("slow.npy")
    parameters = SlowParams

    def needs(self):
        return (Frames(),)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        if self.params.ready:
            Path(self.params.ready).touch()
        if self.params.on in clip.facts["name"]:
            await clip.thread(time.sleep, self.params.seconds)
        async for chunk in clip.frames():
            if not chunk.numbers[0]:
                out.put("slow.npy", chunk.pictures[0, 0].copy())
