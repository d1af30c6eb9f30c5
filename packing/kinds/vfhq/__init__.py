"""VFHQ: folders of frames, and a text file a clip that says where in which video its face was."""

__all__: list[str] = []
