"""Faces that may be speaking: followed at 25 pictures a second, beside the sound."""

__all__: list[str] = []
