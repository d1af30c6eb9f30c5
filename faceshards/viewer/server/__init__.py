"""`faceshards view`: the pages about shards, served to one browser."""

__all__: list[str] = []
