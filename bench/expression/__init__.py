"""Does the expression network learn what a voice tells of a face? On made-up talkers, of whom that is known."""

__all__: list[str] = []
