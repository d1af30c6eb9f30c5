"""Raw sources become shards: one file a source."""
