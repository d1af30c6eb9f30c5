"""EMOCA's sequences, as the six collections of 3DXTalker's data set lay them out: eleven files a folder."""

__all__: list[str] = []
