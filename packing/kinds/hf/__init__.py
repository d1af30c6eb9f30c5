"""Data sets of the Hugging Face Hub: webdataset tars, or videos in folders with a metadata file."""

__all__: list[str] = []
