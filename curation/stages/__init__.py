"""The stages: a file each, or a folder where one has parts; a new one is found by itself (`curation.table`)."""

__all__: list[str] = []
