"""The catalogue of a data set: the index of a shard, of many, and filters over it."""
