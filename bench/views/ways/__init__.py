"""The data sets of the projects whose users come here, stated anew: what they read, in which order, by which calls."""

__all__: list[str] = []
