"""What the page of the data set says: its figures, how it was made, a map of who is in it, what stands there twice."""

__all__: list[str] = []
