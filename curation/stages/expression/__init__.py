"""The stage `expression`: how far the eyes and the mouth are open, and blinks."""

__all__: list[str] = []
