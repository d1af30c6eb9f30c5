"""The way back: shards become the folder trees that they were packed from."""

__all__: list[str] = []
