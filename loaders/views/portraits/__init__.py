"""What `views.Portrait` makes of a portrait's pictures and points."""

__all__: list[str] = []
