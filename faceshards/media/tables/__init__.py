"""Packet tables: which packets and bytes a window of a stream needs, without its container."""
