"""`faceshards bench views`: each view of the loader against the data set that it takes the place of."""

__all__: list[str] = []
