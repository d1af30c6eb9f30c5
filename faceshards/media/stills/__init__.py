"""Single pictures of a kind that deserves a reader of its own."""

__all__: list[str] = []
