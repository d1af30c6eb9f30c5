"""The width multiplier: one number that makes a network thinner without changing its shape."""

from __future__ import annotations

from faceshards.errors import StageError


def scaled(channels: int, width: float) -> int:
    """`channels` times `width`, at least 1. StageError unless width is positive."""
    if not width > 0:
        raise StageError(f"width must be above 0, got {width}")
    return max(1, round(channels * width))
