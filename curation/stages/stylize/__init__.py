"""The clip in another style."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.curation.stages.stylize.stylize import Stylize as Stylize
    from faceshards.curation.stages.stylize.stylize import StylizeParams as StylizeParams
else:
    __getattr__ = lazy(__name__, {"stylize": "Stylize StylizeParams"})

__all__ = ["Stylize", "StylizeParams"]
