"""Portraits that were handed over as planes become what `views.Portrait` gives of RGB, on any device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.nn.functional import interpolate

from faceshards.loaders.decode.rgb import to_rgb
from faceshards.loaders.views.portraits.patches import BOX, PATCHES
from faceshards.loaders.views.portraits.touch import GREY, middles

#: What is there only until `finished`.
_ON_THE_WAY = ("to_rgb", "driver.to_rgb", "kept", "squeezed", *(name + BOX for name in PATCHES))


def finished(batch: Mapping[str, Any], device: str | torch.device | None = None) -> dict[str, Any]:
    """The batch of `Portrait(pixel="rgb")` out of one of `Portrait(pixel="yuv420")`, made on `device` (by default where
    the planes are): within two levels, in one of a thousand places three, where both round; more at the edges of
    colours, since planes have half the resolution of these. Tensors go to the device, all else stays as it is.
    """
    moved = {
        name: one.to(device, non_blocking=True) if isinstance(one, torch.Tensor) else one for name, one in batch.items()
    }
    out = {name: one for name, one in moved.items() if name not in _ON_THE_WAY}
    out["reference"] = channels_first(to_rgb(moved["reference"][:, None], moved["to_rgb"]))[:, 0]
    out["video"] = channels_first(to_rgb(moved["video"], moved["to_rgb"]))
    greys = _grey(to_rgb(moved["swapped"], moved["driver.to_rgb"]))
    sizes = moved["squeezed"].tolist()
    out["swapped"] = _touched(greys, moved["kept"], sizes)
    for name in PATCHES:
        if name + BOX in moved:
            out[name] = _touched(greys, moved[name + BOX][:, None].expand(-1, greys.shape[1], -1), sizes)
    if "concat_background" in out:
        out["clip_conditions"] = out["reference"][:, None] * out["concat_background"][:, :, None]
    return out


def channels_first(pictures: torch.Tensor) -> torch.Tensor:
    """(..., 3, H, W) of (..., H, W, 3)."""
    return pictures.movedim(-1, -3).contiguous()


def _grey(pictures: torch.Tensor) -> torch.Tensor:
    """float (B, F, H, W) of uint8 (B, F, H, W, 3), whole levels."""
    return sum(pictures[..., at].float() * of for at, of in enumerate(GREY)).round()  # type: ignore[union-attr]


def _touched(greys: torch.Tensor, kept: torch.Tensor, sizes: list[list[int]]) -> torch.Tensor:
    """As `touch.touched`, of a batch: uint8 (B, F, 3, S, S)."""
    side = greys.shape[-1]
    along = torch.arange(side, device=greys.device)
    left, top, right, bottom = (one[..., None] for one in kept.unbind(-1))
    columns, rows = (along >= left) & (along < right), (along >= top) & (along < bottom)
    seen = greys * (rows[..., :, None] & columns[..., None, :])
    out = torch.zeros_like(greys)
    for pictures, onto, (width, height) in zip(seen, out, sizes, strict=True):
        small = interpolate(pictures[:, None], size=(height, width), mode="bilinear", align_corners=False)[:, 0]
        (down, of_down), (across, of_across) = middles(side, height), middles(side, width)
        onto[:, down, across] = small[:, of_down, of_across]
    return out.round().clamp(0, 255).to(torch.uint8)[:, :, None].expand(-1, -1, 3, -1, -1)
