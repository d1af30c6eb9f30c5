"""Stages that are quick, or that misbehave on purpose. Not a test module."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from faceshards.curation.clip import StageClip
from faceshards.curation.stage import FRAMES, SOUND, Outcome, Stage
from faceshards.errors import ClipError


@dataclass
class Light(Stage):
    """Mean of each frame, times `gain`; fails on clips whose name holds `bad`."""

    name = "light"
    needs = (FRAMES,)
    makes = ("light.npy",)
    scores = ("light_mean", "light_max")
    gain: float = 1.0
    bad: str = "-"

    def one(self, clip: StageClip) -> Outcome:
        means = clip.frames.reshape(len(clip.frames), -1).mean(axis=1) * self.gain
        if self.bad in clip.facts["name"]:
            raise ClipError("no-face", f"{clip.facts['name']} is bad")
        return Outcome({"light.npy": means.astype(np.float32)}, {"light_mean": round(float(means.mean()), 3)})


@dataclass
class Peak(Stage):
    """The brightest frame, from the column of `Light`."""

    name = "peak"
    needs = ("light.npy",)
    makes = ("peak.npy",)

    def one(self, clip: StageClip) -> Outcome:
        return Outcome({"peak.npy": np.array(int(clip.column("light.npy").argmax()))})


@dataclass
class Length(Stage):
    """Samples of sound: a stage that makes no column."""

    name = "length"
    needs = (SOUND,)
    scores = ("samples",)

    def one(self, clip: StageClip) -> Outcome:
        return Outcome(scores={"samples": len(clip.sound().samples)})


@dataclass
class Trouble(Stage):
    """On the clip whose name is `on`, does what `how` says.

    `object` and `nan` give what no shard can hold; `name`, `import` and `attribute` are bugs in the code.
    """

    name = "trouble"
    needs = (FRAMES,)
    makes = ("trouble.npy",)
    scores = ("size",)
    on: str = ""
    how: str = "raise"

    def one(self, clip: StageClip) -> Outcome:
        if clip.facts["name"] == self.on:
            if self.how == "object":
                return Outcome({"trouble.npy": np.array([None])})
            if self.how == "nan":
                return Outcome({"trouble.npy": np.zeros(1)}, {"size": float("nan")})
            {
                "raise": self._raise,
                "exit": lambda: os._exit(9),
                "hang": lambda: time.sleep(120),
                "segv": os.abort,
                "name": lambda: undefined,  # noqa: F821 - a bug on purpose
                "import": lambda: import_module("faceshards.no_such_module"),
                "attribute": lambda: clip.no_such_thing,
            }[self.how]()
        return Outcome({"trouble.npy": np.zeros(1, np.float32)})

    def _raise(self) -> None:
        raise ZeroDivisionError("what a stage")


@dataclass
class Slow(Stage):
    """Takes its time, so that a kill finds it at work."""

    name = "slow"
    needs = (FRAMES,)
    makes = ("slow.npy",)
    seconds: float = 0.15
    ready: str = ""

    def one(self, clip: StageClip) -> Outcome:
        if self.ready:
            Path(self.ready).touch()
        time.sleep(self.seconds)
        return Outcome({"slow.npy": clip.frames[0, 0].copy()})
