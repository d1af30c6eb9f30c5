"""The run of an inference: batches, results on a disk, what a terminal shows."""

__all__: list[str] = []
