"""Measurements and the demo."""

__all__: list[str] = []
