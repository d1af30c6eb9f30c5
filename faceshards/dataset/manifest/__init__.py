"""A data set's recipe as one file: what it was made from and how, and by which hashes its shards are known."""

__all__: list[str] = []
