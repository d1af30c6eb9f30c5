"""Commands that train models on shards."""
