"""What the makers of a collection wrote about its clips: read, joined to the clips, and written again."""

__all__: list[str] = []
