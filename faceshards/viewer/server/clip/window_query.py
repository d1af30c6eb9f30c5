"""The window that an address asks for."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from faceshards.errors import UsageError
from faceshards.loaders.units.window import Window
from faceshards.viewer.server.query import number

_MOST = 2**31


def window_of(request: Request) -> Window:
    """`frames`, and where they are given `stride`, `fps`, `width` and `height`, `start`, `sound`, `fit`, `crop`.
    Raises UsageError as `Window` does.
    """
    asked = request.query_params
    more: dict[str, Any] = {name: asked[name] for name in ("start", "fit", "crop") if asked.get(name)}
    if "width" in asked or "height" in asked:
        more["size"] = (number(request, "width", 0, _MOST), number(request, "height", 0, _MOST))
    if asked.get("fps"):
        more["fps"] = _rate(asked["fps"])
    if "sound" in asked:
        more["sound"] = number(request, "sound", 0, 192_000)
    return Window(frames=number(request, "frames", 16, _MOST), stride=number(request, "stride", 1, _MOST), **more)


def draw_of(request: Request) -> tuple[int, int]:
    """`seed` and `epoch`."""
    return number(request, "seed", 0, 2**53), number(request, "epoch", 0, 2**53)


def _rate(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"fps={text[:40]!r}: give pictures a second, such as 25") from None
