"""MegActor shards, as its former data scripts wrote them and its trainers read them: in, and out again."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.shards.legacy.conversion import Conversion as Conversion
    from faceshards.shards.legacy.conversion import Failed as Failed
    from faceshards.shards.legacy.exporting import export_shard as export_shard
    from faceshards.shards.legacy.importing import import_shard as import_shard
else:
    __getattr__ = lazy(
        __name__, {"exporting": "export_shard", "importing": "import_shard", "conversion": "Failed Conversion"}
    )

__all__ = ["Conversion", "Failed", "export_shard", "import_shard"]
