"""What the page of a clip is served."""

__all__: list[str] = []
