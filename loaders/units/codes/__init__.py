"""Windows of a face's codes with their sound, read out of the middle of arrays and of WAV files."""

__all__: list[str] = []
