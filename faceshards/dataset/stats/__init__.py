"""Figures of a whole data set: what the indexes tell, and means and deviations of arrays, in one pass."""

__all__: list[str] = []
