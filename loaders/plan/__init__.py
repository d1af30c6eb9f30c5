"""Which rows an epoch reads, and in which order."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.loaders.plan.order import Order as Order
    from faceshards.loaders.plan.order import epoch_order as epoch_order
    from faceshards.loaders.plan.plan import resolve as resolve
else:
    __getattr__ = lazy(__name__, {"order": "Order epoch_order", "plan": "resolve"})

__all__ = ["Order", "epoch_order", "resolve"]
