"""CelebV-HQ and CelebV-Text: clips, and a JSON document of whence they were cut and what they show."""

__all__: list[str] = []
