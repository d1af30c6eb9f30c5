"""`faceshards bench viewer`: the viewer, looked at in a real browser."""

__all__: list[str] = []
