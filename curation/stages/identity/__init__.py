"""Whose faces a clip shows."""

__all__: list[str] = []
