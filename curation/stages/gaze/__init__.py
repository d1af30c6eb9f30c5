"""Where the eyes look, frame by frame, and how much that changes."""

__all__: list[str] = []
