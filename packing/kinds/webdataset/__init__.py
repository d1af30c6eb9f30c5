"""Any webdataset tars: their samples and fields as they are, with what shards have beside them."""

__all__: list[str] = []
