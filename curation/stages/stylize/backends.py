"""By what a clip is drawn: OpenCV, or a network; what each takes of the parameters, and what it needs here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from faceshards.curation.engine.stage import PLANNED
from faceshards.errors import UsageError
from faceshards.models.weights.hub import model_folder
from faceshards.models.weights.registry import entry, find
from faceshards.models.weights.table import WEIGHTS

# Rows of each network.
_PICTURES = 4
# As MegActor's step 3 asks for an anime portrait of the same expression, mouth and pose.
_PROMPT = "anime portrait of the same person, same expression, same mouth, same gaze, same head pose, clean lines"
#: Backend -> the parameters that it goes by, and of which its recipe is made.
OWN = {
    "opencv": ("levels", "saturation"),
    "fast-neural-style": ("model", "side"),
    "animegan2": ("model", "side"),
    "dct-net": (),
    "sdxl-turbo": ("side", "prompt", "strength", "steps", "guidance", "seed"),
}
#: The files of DCT-Net: its network of the whole picture, that of faces, and how much of a face is shown.
DCT_NET = ("dctnet_background", "dctnet_head", "dctnet_alpha")
# What `model` is where nothing is said.
_USUAL = {
    "fast-neural-style": "fns_candy",
    "animegan2": "animegan2_face_paint_512_v2",
    "sdxl-turbo": "stabilityai/sdxl-turbo",
}


@dataclass(frozen=True)
class StylizeParams:
    """`backend`: opencv, fast-neural-style, animegan2, dct-net or sdxl-turbo. Of opencv: grey `levels` of the drawing,
    and how its colours are raised (`saturation`). Of the others but dct-net: `model`, a name of `faceshards weights`,
    or for sdxl-turbo a name at Hugging Face or a folder; `side` of the square that a picture is drawn in, in pixels. Of
    sdxl-turbo, too: `prompt`, `strength` of `steps`, `guidance`, and the `seed` that with the clip's key gives all of
    its frames their noise; `contents` of its folder are filled in.
    """

    backend: str = "opencv"
    levels: int = 8
    saturation: float = 1.3
    model: str = ""
    side: int = 512
    prompt: str = _PROMPT
    strength: float = 0.5
    steps: int = 30
    guidance: float = 0.0
    seed: int = 0
    contents: dict[str, str] = field(default_factory=dict, metadata=PLANNED)

    @property
    def used(self) -> str:
        """The model that is meant."""
        return self.model or _USUAL.get(self.backend, "")


class Drawer(Protocol):
    """A network that draws squares: `size` is their width and height, `batch` how many it takes at a time."""

    batch: int
    size: tuple[int, int]

    def run(self, pictures: Any, *seeds: Any) -> tuple[Any]:
        """Pictures, uint8 (batch, h, w, 3) RGB, drawn."""


def check(params: StylizeParams) -> None:
    """Raises UsageError for parameters that make no sense."""
    if params.backend not in OWN:
        raise UsageError(f"stylize.backend must be one of {', '.join(OWN)}, got {params.backend!r}")
    if params.levels < 1:
        raise UsageError(f"stylize.levels must be at least 1, got {params.levels}")
    if not 0 <= params.saturation <= 10:
        raise UsageError(f"stylize.saturation must be from 0 to 10, got {params.saturation:g}")
    known = [name for name, one in WEIGHTS.items() if one.needed_by == f"stylize ({params.backend})"]
    if params.backend in _USUAL and weights_of(params) and params.used not in known:
        raise UsageError(f"stylize.model must be one of {', '.join(known)} for {params.backend}, got {params.used!r}")
    if not 0 < params.strength <= 1 or params.steps < 1 or params.strength * params.steps < 1:
        raise UsageError(
            "stylize.strength must be above 0 and at most 1, and a step or more of stylize.steps, "
            f"got {params.strength:g} and {params.steps}"
        )


def weights_of(params: StylizeParams) -> tuple[str, ...]:
    """The names of the model files in the registry."""
    if params.backend == "dct-net":
        return DCT_NET
    return (params.used,) if params.backend in ("fast-neural-style", "animegan2") else ()


def runtimes_of(params: StylizeParams) -> tuple[str, ...]:
    """By what its network runs on a GPU."""
    if params.backend == "sdxl-turbo" or _is_torch(params):
        return ("torch",)
    return () if params.backend == "opencv" else ("onnxruntime",)


def drawer_of(params: StylizeParams, device: str) -> Drawer:
    """The network of a backend. Raises WeightsError, StageError."""
    if params.backend == "sdxl-turbo":
        from faceshards.models.nets.img2img import Drawing, ImageToImage

        how = Drawing(params.prompt, params.strength, params.steps, params.guidance)
        return ImageToImage(folder_of(params.used), how, _PICTURES, params.side, device)
    if _is_torch(params):
        from faceshards.models.nets.animegan import AnimeGanNet

        return AnimeGanNet(find(params.used), _PICTURES, params.side, device)
    from faceshards.models.sessions import style_net

    values = style_net.ANIMEGAN2 if params.backend == "animegan2" else style_net.FAST_NEURAL_STYLE
    return style_net.StyleNet(find(params.used), values, _PICTURES, params.side, device)


def _is_torch(params: StylizeParams) -> bool:
    return any(entry(name).files[0].endswith(".pt") for name in weights_of(params) if name in WEIGHTS)


def folder_of(name: str) -> Path:
    """The folder of a pipeline, by path or by name. Raises MissingExtra, WeightsError as `model_folder`."""
    return model_folder(name, "stylize.model", "stylize", ("torch", "diffusers", "transformers"))


def seed_of(seed: int, key: str) -> int:
    """The seed of a clip's noise: below 2**63, the same for all of its frames, so that they flicker less."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{key}".encode(), digest_size=8).digest(), "big") >> 1
