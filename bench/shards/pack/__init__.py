"""Packing, source by source: how fast, and what bounds it."""

__all__: list[str] = []
