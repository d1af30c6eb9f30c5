"""Clips as people keep them: folders of frames, and video files."""

__all__: list[str] = []
