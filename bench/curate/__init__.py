"""What the curation engine costs: processor time, decodings, memory, and how far actors and batches carry."""

__all__: list[str] = []
