"""Parts of long clips as clips of their own: which pictures a span holds, copied packet for packet, or encoded."""

__all__: list[str] = []
