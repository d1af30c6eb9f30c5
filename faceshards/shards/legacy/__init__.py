"""MegActor shards, as its former data scripts wrote them and its trainers read them: in, and out again."""

from faceshards.shards.legacy.exporting import export_shard
from faceshards.shards.legacy.importing import import_shard
from faceshards.shards.legacy.outcome import Failed, Outcome

__all__ = ["Failed", "Outcome", "export_shard", "import_shard"]
