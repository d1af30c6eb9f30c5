"""The demo: raw clips made from public-domain portraits, taken down the whole road."""

__all__: list[str] = []
