"""Filters over the index of a data set: expressions in SQL's grammar, and recipes, which are expressions by name."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.shards.filters.where import matching as matching
else:
    __getattr__ = lazy(__name__, {"where": "matching"})

__all__ = ["matching"]
