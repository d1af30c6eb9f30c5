"""Voices and faces of persons, as Speech-to-face keeps them."""

__all__: list[str] = []
