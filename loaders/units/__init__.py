"""What a loader draws: a row, or a window of a clip."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.loaders.units.window import Window as Window
else:
    __getattr__ = lazy(__name__, {"window": "Window"})

__all__ = ["Window"]
