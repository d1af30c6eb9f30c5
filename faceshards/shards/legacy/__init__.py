"""MegActor shards, as its former data scripts wrote them and its trainers read them: in, and out again."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.shards.legacy.exporting import export_shard as export_shard
    from faceshards.shards.legacy.importing import import_shard as import_shard
    from faceshards.shards.legacy.outcome import Failed as Failed
    from faceshards.shards.legacy.outcome import Outcome as Outcome
else:
    __getattr__ = lazy(
        __name__, {"exporting": "export_shard", "importing": "import_shard", "outcome": "Failed Outcome"}
    )

__all__ = ["Failed", "Outcome", "export_shard", "import_shard"]
