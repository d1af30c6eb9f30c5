"""Clips as pictures: frames with what was found in them, plots, contact sheets."""

__all__: list[str] = []
