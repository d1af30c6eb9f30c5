"""Bytes of the planned rows, from a disk or a store."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.loaders.fetch.ahead import Ahead as Ahead
    from faceshards.loaders.fetch.bodies import Bodies as Bodies
else:
    __getattr__ = lazy(__name__, {"ahead": "Ahead", "bodies": "Bodies"})

__all__ = ["Ahead", "Bodies"]
