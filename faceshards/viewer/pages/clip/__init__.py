"""What the page of a clip draws and says: overlays, curves, sound, windows, as plain values and arrays."""

__all__: list[str] = []
