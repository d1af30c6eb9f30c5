"""Judgements: what people say of clips, kept at once, saved as scalars, merged."""

__all__: list[str] = []
