"""Talking-face clips as WebDataset shards: packed, enriched in place, streamed into trainers."""

__version__ = "0.1.0"
