"""What stands in a data set twice: clips that show the same moments."""

__all__: list[str] = []
