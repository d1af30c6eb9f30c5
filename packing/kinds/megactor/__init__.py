"""MegActor's own tars, v1 and Sigma: many at once, and the way back."""

__all__: list[str] = []
