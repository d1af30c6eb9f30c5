"""What the viewer's pages show, as plain values: rows in an order, cards, clips, packets. No server, no HTML."""

__all__: list[str] = []
