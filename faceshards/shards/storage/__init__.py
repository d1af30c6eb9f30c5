"""Bytes on a disk or in a store behind one protocol: files, sinks, leases, extents; and what a path or URL leads to."""
