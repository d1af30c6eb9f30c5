"""The registry of model files: where each is, its sha256, licence and source."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.models.weights.model_file import Weights as Weights
    from faceshards.models.weights.registry import digest as digest
    from faceshards.models.weights.registry import entry as entry
    from faceshards.models.weights.registry import find as find
else:
    __getattr__ = lazy(__name__, {"model_file": "Weights", "registry": "digest entry find"})

__all__ = ["Weights", "digest", "entry", "find"]
