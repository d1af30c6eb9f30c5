"""Planes of 4:2:0 become RGB, on whatever device they are."""

from __future__ import annotations

import torch
from torch.nn.functional import interpolate

from faceshards.errors import UsageError


def to_rgb(planes: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """Full-range RGB, uint8 (B, T, H, W, 3), of the planes of a window with pixel="yuv420", on their device: say,
    `to_rgb(batch["mp4"].cuda(), batch["mp4.to_rgb"])`.

    `planes` uint8 (B, T, 3 H / 2, W): Y (H, W), then Cb and Cr (H / 2, W / 2), each row by row. `matrix` float
    (B, 3, 4) takes (Y, Cb, Cr, 1), 0..255 each, to R, G, B: each clip's own BT.601, BT.709 or BT.2020, in its range. Cb
    and Cr are brought to H x W bilinearly, standing in the middle of their four pixels, and all is reckoned in float32:
    within half a level of the formula (ITU-T H.273, 8.3) on every device. Also of one sample: (T, 3 H / 2, W) and
    (3, 4).

    Raises UsageError for tensors of other shapes.
    """
    lead, (rows, width) = planes.shape[:-2], planes.shape[-2:]
    if (
        planes.dtype != torch.uint8
        or rows % 3
        or width % 2
        or len(lead) != matrix.dim() - 1
        or lead[:-1] != matrix.shape[:-2]
    ):
        wanted = "uint8 (B, T, 3 H / 2, W) and float (B, 3, 4)"
        raise UsageError(f"to_rgb takes {wanted}, got {planes.dtype} {tuple(planes.shape)} and {tuple(matrix.shape)}")
    height = rows // 3 * 2
    out = torch.empty((*lead, height, width, 3), dtype=torch.uint8, device=planes.device)
    clips, painted = planes.reshape(-1, lead[-1], rows, width), out.view(-1, lead[-1], height, width, 3)
    for clip, onto, each in zip(clips, painted, matrix.reshape(-1, 3, 4).tolist(), strict=True):
        _paint(clip, onto, each)
    return out


def _paint(planes: torch.Tensor, out: torch.Tensor, matrix: list[list[float]]) -> None:
    """One clip's (T, 3 H / 2, W) into (T, H, W, 3)."""
    count, height, width, _ = out.shape
    luma = planes[:, :height].float()
    halves = planes[:, height:].reshape(count, 2, height // 2, width // 2).float()
    blue, red = interpolate(halves, scale_factor=2, mode="bilinear", align_corners=False).unbind(1)
    for channel, (of_luma, of_blue, of_red, level) in enumerate(matrix):
        value = (luma * of_luma).add_(blue, alpha=of_blue).add_(red, alpha=of_red)
        out[..., channel] = value.add_(level).round_().clamp_(0, 255).to(torch.uint8)
