"""Does the separator learn to tell voices apart by their faces? On real speech."""

__all__: list[str] = []
