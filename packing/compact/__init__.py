"""Shards become fewer and fuller ones: those clips that a filter chooses, copied byte for byte."""

__all__: list[str] = []
