"""Is a shard whole, and what can be saved of one that is not."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.shards.repair.checkup import Checkup as Checkup
    from faceshards.shards.repair.checkup import check_up as check_up
    from faceshards.shards.repair.verify import Verdict as Verdict
else:
    __getattr__ = lazy(__name__, {"checkup": "Checkup check_up", "verify": "Verdict"})

__all__ = ["Checkup", "Verdict", "check_up"]
