"""A portrait: of one clip a reference frame, some frames of it and of a twin, and what is known of the faces there."""

__all__: list[str] = []
