"""Packing, source by source: how fast, and what bounds it."""

from faceshards.bench.shards.pack.measured import measure

__all__ = ["measure"]
