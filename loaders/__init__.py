"""Shards become batches: plan, fetch, decode, batch."""
