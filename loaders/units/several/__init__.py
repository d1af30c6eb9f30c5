"""Units that are made of several rows, of one person or of several."""

__all__: list[str] = []
