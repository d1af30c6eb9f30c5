"""Who speaks."""

__all__: list[str] = []
