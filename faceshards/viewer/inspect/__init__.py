"""What `faceshards inspect` prints."""

__all__: list[str] = []
