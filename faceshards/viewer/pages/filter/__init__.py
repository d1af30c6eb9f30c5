"""Which rows a filter chooses, found fast enough to be drawn while a handle moves, and how scalars spread over them."""

__all__: list[str] = []
