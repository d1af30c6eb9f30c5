"""The loader against the loaders that people use instead."""

__all__: list[str] = []
