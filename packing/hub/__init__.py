"""Data sets of the Hugging Face Hub: read to be packed, and shards pushed there with a card and metadata."""

__all__: list[str] = []
