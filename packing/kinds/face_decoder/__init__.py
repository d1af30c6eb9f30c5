"""Pictures of faces with their embeddings and landmarks beside them, as Speech-to-face's decoder learns from them."""

__all__: list[str] = []
