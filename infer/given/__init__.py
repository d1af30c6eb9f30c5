"""What a network is given: files, rows of shards, faces beside a mixture."""

__all__: list[str] = []
