"""What MegActor's trainers eat: of one person a reference picture, some frames, and a driver that moves as they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from faceshards.errors import UsageError
from faceshards.loaders.arguments import flag
from faceshards.loaders.units.footage import FRAMES, SOUND
from faceshards.loaders.units.portrait.portrait_window import PortraitWindow, columns_of
from faceshards.loaders.units.portrait.rule import PortraitRule, between
from faceshards.loaders.views.portraits.altered import altered
from faceshards.loaders.views.portraits.patches import BOX, PATCHES, patches
from faceshards.loaders.views.portraits.pose_map import pose_map
from faceshards.loaders.views.portraits.touch import Touch, about_faces, grey, squeezed, touched, whole


@dataclass(frozen=True)
class Portrait(PortraitRule):
    """One portrait a clip and epoch, of S x S pixels (`size`), uint8 RGB 0..255; `help(PortraitRule)` explains which.

    "reference" (3, S, S), a frame of the clip; "video" (F, 3, S, S), its window; "swapped" (F, 3, S, S), the driver's
    same frames in grey, three times. "concat_poses" (1, 3, S, S), the reference's points as DWPose draws them;
    "concat_background" (1, S, S), 1 where nobody is, else 0; "clip_conditions" (1, 3, S, S), the reference there. With
    `patches` "frames_eye" and "frames_eye_mouth" (F, 3, S, S), the driver about the eyes, and about them and the mouth;
    with `sound` "sound" float32 (n,). "__frames__" int64 (F,) and "reference_frame" are numbers in the clip, "of" is
    the driver's column. `hide`: of the driver only the face's square is shown, grown by 0.4 above and 0.1 below, black
    elsewhere. `warp`: how often (0..1) the driver's pictures are squeezed (`portraits.touch.squeezed`), all alike.
    `alter`: the sound is turned, drowned, filtered, pitched and echoed as Sigma does it (`portraits.altered`).

    MegActor v1's first stage is `Portrait(swap=0.05, style=0.05)`, its second `Portrait(swap=0.25, style=0.25,
    warp=0.25)`; Sigma `Portrait(frames=8, least_stride=2, boxes="face_box.npy", crop="margins", swap=1, warp=0.75,
    hide=False, patches=True, sound=16000, alter=True)`.

    Where these have bugs the right thing is done: frames are drawn once for all streams (v1 draws them for each); the
    reference is a frame that may be shown (v1: any, black ones too); a window never leaps over frames that may not be
    shown; its place is drawn among all places (Sigma draws a run first, so that short runs come more often); dark
    frames do not shift one stream against the other; the driver's box is that of its own frame (v1 takes the one
    before) in the clip, as twins move with it; who cannot be shown is a counted bad sample, so that nothing loops for
    ever. With `pixel="yuv420"` reference, video and swapped are planes, and `portraits.finish.finished` makes the rest
    of them on a GPU.
    """

    hide: bool = True
    warp: float = 0.0
    alter: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        flag("hide", self.hide)
        flag("alter", self.alter)
        if self.alter and not self.sound:
            raise UsageError("alter=True needs a sound to alter: sound=16000")
        between("warp", self.warp, 1)

    @property
    def ragged(self) -> tuple[str, ...]:
        """What differs in length: the sound, by the clips' rates."""
        return (SOUND,) if self.sound else ()

    @property
    def settings(self) -> dict[str, Any]:
        """What a checkpoint keeps of it, plain values."""
        return asdict(self)

    @property
    def columns(self) -> tuple[str, ...]:
        """What a sample must have."""
        return columns_of(self)

    def unit(self, seed: int) -> PortraitWindow:
        """What the loader draws."""
        return PortraitWindow(self, seed)

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """The model's input, of what `PortraitFootage.sample` says."""
        dice = np.random.default_rng(sample["dice"])
        count, side = len(sample["video"]), self.size
        kept = about_faces(sample["face_box"], side) if self.hide else whole(count, side)
        touch = Touch(kept, squeezed(side, dice) if dice.random() < self.warp else (side, side))
        parts = self._patches(sample, dice) if self.patches else {}
        made = self._planes(sample, touch, parts) if self.pixel == "yuv420" else self._rgb(sample, touch, parts)
        if self.conditions:
            made |= self._conditions(sample, made["reference"])
        kept_on = (SOUND, FRAMES, "reference_frame", "of")
        made |= {name: sample[name] for name in kept_on if name in sample}
        if self.alter and self.sound:
            made[SOUND] = altered(sample[SOUND], self.sound, dice)
        return made

    def _patches(self, sample: Mapping[str, Any], dice: np.random.Generator) -> dict[str, np.ndarray]:
        boxes = patches(sample["poses"], sample["face_box"], sample[FRAMES], self.size, dice)
        return dict(zip(PATCHES, boxes, strict=True))

    def _rgb(self, sample: Mapping[str, Any], touch: Touch, parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
        greys = grey(sample["driver"])
        made = {
            "reference": channels_first(sample["reference"][None])[0],
            "video": channels_first(sample["video"]),
            "swapped": touched(greys, touch),
        }
        for name, box in parts.items():
            part = Touch(np.tile(box, (len(greys), 1)), touch.size)
            made[name] = touched(greys, part)
        return made

    def _planes(self, sample: Mapping[str, Any], touch: Touch, parts: Mapping[str, np.ndarray]) -> dict[str, Any]:
        made = {"reference": sample["reference"], "video": sample["video"], "swapped": sample["driver"]}
        made |= {name: sample[name] for name in ("to_rgb", "driver.to_rgb")}
        made |= {"kept": touch.kept, "squeezed": np.array(touch.size)}
        return made | {name + BOX: box for name, box in parts.items()}

    def _conditions(self, sample: Mapping[str, Any], reference: np.ndarray) -> dict[str, Any]:
        poses, background = pose_map(sample["poses"].at(sample["reference_frame"]), self.size), sample["background"]
        made = {"concat_poses": channels_first(poses[None]), "concat_background": background[None]}
        return made if self.pixel == "yuv420" else made | {"clip_conditions": (reference * background)[None]}


def channels_first(pictures: np.ndarray) -> np.ndarray:
    """(F, 3, H, W) of (F, H, W, 3)."""
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))
