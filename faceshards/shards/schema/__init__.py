"""What a shard's members mean: columns, scalars, keys, codecs, and what made them."""
