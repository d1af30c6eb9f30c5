"""`faceshards bench shards`: the shard core against the tools that people use instead."""

__all__: list[str] = []
