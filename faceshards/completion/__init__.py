"""What a shell offers behind `faceshards <TAB>`: told from a table of words, with nothing heavy imported."""

__all__: list[str] = []
