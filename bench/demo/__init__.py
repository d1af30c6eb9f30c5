"""The demo: raw clips made from public-domain portraits, taken down the whole road."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.bench.demo.raw import talking_clips as talking_clips
else:
    __getattr__ = lazy(__name__, {"raw": "talking_clips"})

__all__ = ["talking_clips"]
