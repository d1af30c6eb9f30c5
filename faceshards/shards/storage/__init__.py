"""Bytes on a disk: files, atomic writing, leases, extents; and what a path or a URL leads to."""
