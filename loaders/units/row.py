"""A row: some columns of a sample, whole."""

from __future__ import annotations

from collections.abc import Sequence

from faceshards.loaders.decode.dense_columns import Role
from faceshards.loaders.fetch.spans import Link
from faceshards.loaders.plan.plan import Plan
from faceshards.loaders.units.cost import Cost, of_rows
from faceshards.loaders.units.deck import Deck, EachRow
from faceshards.loaders.units.unit import Needs
from faceshards.loaders.units.whole import Whole


class Row(Whole):
    """The unit of a dataset without a window, whose view names no other."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__({name: Role(name) for name in columns})
        self.needs = Needs(self.columns)

    def deck(self, plan: Plan) -> EachRow:
        """Each row is a unit."""
        return EachRow(plan)

    def cost(self, deck: Deck, link: Link, world: int) -> Cost:
        """What an epoch reads, counted row by row."""
        return of_rows(deck.plan, self.columns, link, world)
