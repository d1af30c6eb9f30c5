"""Packet tables: which packets and bytes a window of a stream needs, without its container."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.media.tables.packets import packet_table as packet_table
    from faceshards.media.tables.rows import narrow as narrow
    from faceshards.media.tables.rows import wide as wide
else:
    __getattr__ = lazy(__name__, {"packets": "packet_table", "rows": "narrow wide"})

__all__ = ["narrow", "packet_table", "wide"]
