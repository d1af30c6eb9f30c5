"""Faces: found in pictures, told as embeddings, drawn on pages."""

__all__: list[str] = []
