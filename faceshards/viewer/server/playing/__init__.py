"""What a browser's player is given for a clip: its own bytes, or an mp4 that is made of them on the fly."""

__all__: list[str] = []
