"""Another face onto every face of a clip."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.curation.stages.swap.swap import Swap as Swap
    from faceshards.curation.stages.swap.swap import SwapParams as SwapParams
else:
    __getattr__ = lazy(__name__, {"swap": "Swap SwapParams"})

__all__ = ["Swap", "SwapParams"]
