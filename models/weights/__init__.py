"""The registry of model files: where each is, its sha256, licence and source."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.models.weights.registry import digest as digest
    from faceshards.models.weights.registry import entry as entry
    from faceshards.models.weights.registry import find as find
    from faceshards.models.weights.table import Weights as Weights
else:
    __getattr__ = lazy(__name__, {"registry": "digest entry find", "table": "Weights"})

__all__ = ["Weights", "digest", "entry", "find"]
