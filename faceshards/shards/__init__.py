"""Bytes on disk: tar, keys, columns, codecs, the index and its queries, atomic rewrite, provenance."""
