"""Clips: probe, decode a window, encode, the timebase, geometry, sound. No torch."""

__all__: list[str] = []
