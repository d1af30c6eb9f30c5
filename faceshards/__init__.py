"""Talking-face clips as WebDataset shards: packed, enriched in place, streamed into trainers."""

__all__ = ["__version__"]

__version__ = "0.1.0"
