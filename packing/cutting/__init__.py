"""Long videos become many samples: where they are cut, and the cuts in place of the files."""

__all__: list[str] = []
