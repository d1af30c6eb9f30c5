"""Is a shard whole, and what can be saved of one that is not."""
