"""Bytes of the planned rows, from a disk or a store."""
