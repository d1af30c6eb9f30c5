"""Faces that a decoder drew, on their pages: never alone where nothing shows that it learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from faceshards.infer.faces.face_picture import Face, page
from faceshards.infer.run.work import InferredFiles
from faceshards.media.picture import encode_png

#: What is said where a picture stands alone though nothing shows that its networks learned.
ALONE = "Nothing shows that these networks learned, and no face is at hand to hold this against."


def drawn_faces(points: torch.Tensor, textures: torch.Tensor) -> list[Face]:
    """What a decoder draws: points (B, 2 P) and pictures (B, 3, 224, 224) in 0..1."""
    pictures = (textures.permute(0, 2, 3, 1) * 255).round().to(torch.uint8).cpu().numpy()
    places = points.float().cpu().numpy().reshape(len(pictures), -1, 2)
    return [Face(*both) for both in zip(pictures, places, strict=True)]


def inferred(
    label: str, face: Face, target: Face | None, doubts: Sequence[str], record: dict[str, Any]
) -> InferredFiles:
    """A face beside its target, where there is one, as a PNG and as plain values; where there is none, and nothing
    shows that its networks learned, with that said in both.
    """
    beside = [] if target is None else [("its own face", target)]
    said = [ALONE, *doubts] if doubts and target is None else []
    told = {
        "points": face.points.tolist(),
        "target": None if target is None else {"points": target.points.tolist()},
        "doubts": list(doubts),
        **record,
    }
    return InferredFiles({".png": encode_png(page([(label, face), *beside], said))}, told)
